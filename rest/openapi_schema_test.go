package rest

import (
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// answered is the schema of what an operation answers: the fragment that it ends in, or a
// list of these.
func (m *openAPIBuilder) responseSchema(operation string) jsonObject {
	set, list := m.operations[operation].SelectionSet, false
	for {
		switch s := set[0].(type) {
		case *ast.FragmentSpread:
			if list {
				return obj("type", "array", "items", m.fragmentRef(s))
			}
			return m.fragmentRef(s)
		case *ast.Field:
			set, list = s.SelectionSet, s.Name == "nodes"
		}
	}
}

// ref refers to the schema of a fragment.
func (m *openAPIBuilder) fragmentRef(s *ast.FragmentSpread) jsonObject {
	return m.schemaRef(s.Name, m.fragmentSchema(s.Definition))
}

// named refers to a schema, which it adds to the document under a name. Where several have
// one name they must be the same.
func (m *openAPIBuilder) schemaRef(name string, schema jsonObject) jsonObject {
	if found := m.schemas.get(name); found == nil {
		m.schemas = m.schemas.with(name, schema)
	} else if !reflect.DeepEqual(found, schema) {
		m.t.Errorf("there are two schemas %s, and they differ", name)
	}
	return componentRef("schemas", name)
}

func componentRef(kind, name string) jsonObject { return obj("$ref", "#/components/"+kind+"/"+name) }

// fragment is the schema of a fragment: all members are there, and no others.
func (m *openAPIBuilder) fragmentSchema(f *ast.FragmentDefinition) jsonObject {
	props := jsonObject{}
	for _, s := range f.SelectionSet {
		field := s.(*ast.Field)
		schema := m.typeSchema(field.Definition.Type, field.SelectionSet)
		props = props.with(field.Alias, schema.with("description", withoutRESTSentences(field.Definition.Description)))
	}
	return obj("type", "object", "description", withoutRESTSentences(f.Definition.Description)+fragmentDescriptions[f.Name],
		"properties", props, "required", props.names(), "additionalProperties", false)
}

// typed is the schema of a GraphQL type, with what is selected of it.
func (m *openAPIBuilder) typeSchema(t *ast.Type, set ast.SelectionSet) jsonObject {
	var schema jsonObject
	switch {
	case t.Elem != nil:
		schema = obj("type", "array", "items", m.typeSchema(t.Elem, set))
	case len(set) > 0:
		schema = m.fragmentRef(set[0].(*ast.FragmentSpread))
	case m.schema.Types[t.NamedType].Kind == ast.Enum:
		schema = m.enumRef(m.schema.Types[t.NamedType])
	default:
		schema = scalarType(t.NamedType)
	}
	if t.NonNull {
		return schema
	}
	if kind, ok := schema.get("type").(string); ok {
		nullable := slices.Clone(schema)
		nullable[0].value = []string{kind, "null"}
		return nullable
	}
	return obj("oneOf", []any{schema, obj("type", "null")})
}

// enum refers to the schema of an enum, which it adds to the document. REST has the values
// in lower case.
func (m *openAPIBuilder) enumRef(t *ast.Definition) jsonObject {
	var names []string
	text := withoutRESTSentences(t.Description) + "\n"
	for _, v := range t.EnumValues {
		name := strings.ToLower(v.Name)
		names = append(names, name)
		text += "\n- `" + name + "`: " + withoutRESTSentences(v.Description)
	}
	return m.schemaRef(t.Name, obj("type", "string", "description", text, "enum", names))
}

// scalarType is the schema of a scalar type. JSON stands for an object wherever it is used.
func scalarType(name string) jsonObject {
	return map[string]jsonObject{
		"Boolean": obj("type", "boolean"), "String": obj("type", "string"), "JSON": obj("type", "object"),
		"Int": obj("type", "integer", "format", "int32"), "BigInt": obj("type", "integer", "format", "int64"),
		"Float": obj("type", "number", "format", "double"),
		"URL":   obj("type", "string", "format", "uri"), "DateTime": obj("type", "string", "format", "date-time"),
	}[name]
}

var aboutREST = regexp.MustCompile(`[^.]*\bREST API\b[^.]*\.`)

// plain is a description without the sentences that compare GraphQL with REST.
func withoutRESTSentences(description string) string {
	return strings.TrimSpace(aboutREST.ReplaceAllString(description, ""))
}
