package rest

import (
	"slices"
	"strings"
)

// requestSchemaNames are the names of request schemas by operation id.
var requestSchemaNames = map[string]string{
	"assignmentReplace": "AssignmentChange", "assignmentUpdate": "AssignmentChange",
	"assignmentRefresh": "AssignmentRefresh", "assignmentUpload": "ScoreUpload",
}

// requestBody returns the request body of a route, nil for a route without a body. Only multipart forms have
// files.
func (ob *openAPIBuilder) requestBody(id string, rt route, doc contractRoute) any {
	if rt.replacesObject() {
		return obj("required", true, "content", obj("application/json", obj("schema", scalarType("JSON"))))
	}
	if len(doc.Request) == 0 {
		return nil
	}
	if requestSchemaNames[id] == "" {
		ob.t.Errorf("requestSchemaNames has no name for the body of %s", id)
	}
	values := slices.DeleteFunc(slices.Clone(doc.Request), isFile)
	textSchema := ob.schemaRef(requestSchemaNames[id], ob.requestSchema(values, ""))
	multipartSchema := textSchema
	if len(values) < len(doc.Request) {
		multipartSchema = ob.schemaRef(requestSchemaNames[id]+"WithFiles", ob.requestSchema(doc.Request, ""))
	}
	return obj("required", doc.needsBody(), "content", obj(
		"application/json", obj("schema", textSchema),
		"application/x-www-form-urlencoded", obj("schema", textSchema),
		"multipart/form-data", obj("schema", multipartSchema),
	))
}

// replacesObject reports whether the body of the route is the new value of an object.
func (rt *route) replacesObject() bool { return rt.isChange() && rt.personOnly() }

func isFile(f contractField) bool { return f.Type == "file" }

// needsBody reports whether a request without a body returns 400, because a field is required.
func (doc *contractRoute) needsBody() bool {
	required := func(f contractField) bool { return f.Required }
	return doc.Statuses["400"] != "" && slices.ContainsFunc(doc.Request, required)
}

// requestSchema returns the schema of the documented fields below a path.
func (ob *openAPIBuilder) requestSchema(f contractFields, path string) jsonObject {
	props, required := jsonObject{}, []string(nil)
	for _, name := range f.memberNames(path) {
		fieldPath := strings.TrimPrefix(path+"."+name, ".")
		i := slices.IndexFunc(f, func(field contractField) bool { return field.path == fieldPath })
		if i < 0 {
			props = props.with(name, ob.requestSchema(f, fieldPath).with("readOnly", true))
			continue
		}
		props = props.with(name, ob.requestFieldSchema(f[i]))
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

func (ob *openAPIBuilder) requestFieldSchema(f contractField) jsonObject {
	schema := obj("type", f.Type)
	switch {
	case isFile(f):
		schema = obj("type", "string", "format", "binary")
	case f.path == "evaluate":
		schema = evaluationSchema()
	}
	text := fieldDescriptions[f.path]
	if field := ob.schema.Types["Assignment"].Fields.ForName(f.path); text == "" && field != nil {
		text = withoutRESTSentences(field.Description)
	}
	if text == "" {
		ob.t.Errorf("fieldDescriptions has no description of the field %s", f.path)
	}
	schema = schema.with("description", text)
	if f.Readonly {
		schema = schema.with("readOnly", true)
	}
	return schema
}

// evaluationSchema returns the schema of the field evaluate: a text, or a list of results.
func evaluationSchema() jsonObject {
	id := obj("type", "integer", "format", "int64", "description", "The id of a result: `momotorId` in GraphQL.")
	path := obj("type", "object", "description", "An attempt of a student.", "properties", obj(
		"user", obj("type", "integer", "format", "int64", "description", "The student's id in Canvas: `user.canvas_id` of a result."),
		"attempt", obj("type", []string{"integer", "null"}, "format", "int32", "description", "The number of the attempt; the latest one by default."),
	), "required", []string{"user"}, "additionalProperties", false)
	return obj("anyOf", []any{
		obj("type", "string", "examples", []string{"pp", "all", "old", `[{"user": 9001, "attempt": 2}]`}),
		obj("type", "array", "items", obj("anyOf", []any{id, path}), "examples", []any{[]any{obj("user", 9001), obj("user", 9002, "attempt", 1)}}),
	})
}
