package rest

import (
	"slices"
	"strings"
)

// body is what a route takes, nil for one that takes nothing. Files come in forms of
// several parts alone.
func (m *manual) body(doc documented) any {
	if len(doc.Request) == 0 {
		return nil
	}
	whole, values := m.request(doc.Request, ""), slices.DeleteFunc(slices.Clone(doc.Request), isFile)
	text := m.request(values, "")
	refused := doc.Statuses["400"] != "" // without it, what is missing does not matter
	return obj("required", refused && text.get("required") != nil, "content", obj(
		"application/json", obj("schema", text),
		"application/x-www-form-urlencoded", obj("schema", text),
		"multipart/form-data", obj("schema", whole),
	))
}

func isFile(f documentedField) bool { return f.Type == "file" }

// request is the schema of the documented fields below a path.
func (m *manual) request(f fields, path string) object {
	props, required := object{}, []string(nil)
	for _, name := range f.below(path) {
		at := strings.TrimPrefix(path+"."+name, ".")
		i := slices.IndexFunc(f, func(field documentedField) bool { return field.path == at })
		if i < 0 {
			props = props.with(name, m.request(f, at).with("readOnly", true))
			continue
		}
		props = props.with(name, m.requestField(name, f[i]))
		if f[i].Required {
			required = append(required, name)
		}
	}
	schema := obj("type", "object", "properties", props)
	if required != nil {
		schema = schema.with("required", required)
	}
	return schema
}

func (m *manual) requestField(name string, f documentedField) object {
	schema := obj("type", f.Type)
	if isFile(f) {
		schema = obj("type", "string", "format", "binary")
	}
	text := fieldWords[name]
	if text == "" {
		if field := m.types.Types["Assignment"].Fields.ForName(name); field != nil {
			text = plain(field.Description)
		}
	}
	if text != "" {
		schema = schema.with("description", text)
	}
	if f.Readonly {
		schema = schema.with("readOnly", true)
	}
	return schema
}
