package rest

import (
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// responseSchema returns the schema of an operation's response: the schema of the fragment or the scalar
// in which its selection ends, or an array of this schema if a field of the selection is a list.
func (ob *openAPIBuilder) responseSchema(operation string) jsonObject {
	selection, isList := ob.operations[operation].SelectionSet, false
	for {
		switch s := selection[0].(type) {
		case *ast.FragmentSpread:
			if isList {
				return obj("type", "array", "items", ob.fragmentRef(s))
			}
			return ob.fragmentRef(s)
		case *ast.Field:
			if len(s.SelectionSet) == 0 {
				return scalarType(s.Definition.Type.Name())
			}
			selection, isList = s.SelectionSet, isList || s.Definition.Type.Elem != nil
		}
	}
}

// fragmentRef returns a reference to the schema of a fragment.
func (ob *openAPIBuilder) fragmentRef(s *ast.FragmentSpread) jsonObject {
	return ob.schemaRef(s.Name, ob.fragmentSchema(s.Definition))
}

// schemaRef adds a schema to the document under a name and returns a reference to it. Schemas with
// the same name must be equal.
func (ob *openAPIBuilder) schemaRef(name string, schema jsonObject) jsonObject {
	if found := ob.schemas.get(name); found == nil {
		ob.schemas = ob.schemas.with(name, schema)
	} else if !reflect.DeepEqual(found, schema) {
		ob.t.Errorf("two different schemas have the name %s", name)
	}
	return componentRef("schemas", name)
}

func componentRef(kind, name string) jsonObject { return obj("$ref", "#/components/"+kind+"/"+name) }

// fragmentSchema returns the schema of a fragment. All members are required, and other members are
// not allowed.
func (ob *openAPIBuilder) fragmentSchema(f *ast.FragmentDefinition) jsonObject {
	props := jsonObject{}
	for _, s := range f.SelectionSet {
		field := s.(*ast.Field)
		schema := ob.typeSchema(field.Definition.Type, field.SelectionSet)
		props = props.with(field.Alias, schema.with("description", withoutRESTSentences(field.Definition.Description)))
	}
	return obj("type", "object", "description", withoutRESTSentences(f.Definition.Description)+fragmentDescriptions[f.Name],
		"properties", props, "required", props.names(), "additionalProperties", false)
}

// changedAssignmentSchema returns the schema of an assignment after the change by an operation: the
// assignment, which may have warnings.
func (ob *openAPIBuilder) changedAssignmentSchema(operation string) jsonObject {
	payload := ob.operations[operation].SelectionSet[0].(*ast.Field).SelectionSet
	assignment := payload[0].(*ast.Field).SelectionSet[0].(*ast.FragmentSpread).Definition
	warnings := payload[1].(*ast.Field).Definition
	schema := ob.fragmentSchema(assignment)
	for i, p := range schema {
		if p.name == "properties" {
			schema[i].value = p.value.(jsonObject).with(warnings.Name,
				ob.typeSchema(warnings.Type, nil).with("minItems", 1, "description", warnings.Description))
		}
	}
	return schema
}

// typeSchema returns the schema of a GraphQL type with a selection.
func (ob *openAPIBuilder) typeSchema(t *ast.Type, set ast.SelectionSet) jsonObject {
	var schema jsonObject
	switch {
	case t.Elem != nil:
		schema = obj("type", "array", "items", ob.typeSchema(t.Elem, set))
	case len(set) > 0:
		schema = ob.fragmentRef(set[0].(*ast.FragmentSpread))
	case ob.schema.Types[t.NamedType].Kind == ast.Enum:
		schema = ob.enumRef(ob.schema.Types[t.NamedType])
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

// enumRef adds the schema of an enum to the document and returns a reference to it. REST has the
// values in lower case.
func (ob *openAPIBuilder) enumRef(t *ast.Definition) jsonObject {
	var names []string
	text := withoutRESTSentences(t.Description) + "\n"
	for _, v := range t.EnumValues {
		name := strings.ToLower(v.Name)
		names = append(names, name)
		text += "\n- `" + name + "`: " + withoutRESTSentences(v.Description)
	}
	return ob.schemaRef(t.Name, obj("type", "string", "description", text, "enum", names))
}

// scalarType returns the schema of a scalar type. All fields of type JSON are objects.
func scalarType(name string) jsonObject {
	return map[string]jsonObject{
		"Boolean": obj("type", "boolean"), "String": obj("type", "string"), "JSON": obj("type", "object"),
		"Int": obj("type", "integer", "format", "int32"), "BigInt": obj("type", "integer", "format", "int64"),
		"Float": obj("type", "number", "format", "double"),
		"URL":   obj("type", "string", "format", "uri"), "DateTime": obj("type", "string", "format", "date-time"),
	}[name]
}

var sentenceAboutREST = regexp.MustCompile(`[^.]*\bREST API\b[^.]*\.`)

// withoutRESTSentences removes the sentences of a description that compare GraphQL with REST.
func withoutRESTSentences(description string) string {
	return strings.TrimSpace(sentenceAboutREST.ReplaceAllString(description, ""))
}
