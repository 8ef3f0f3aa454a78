package rest

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
)

// A manual is the OpenAPI document of the API in the making.
type manual struct {
	t          *testing.T
	operations operations
	types      *ast.Schema
	// schemas are the named ones, in the order in which they are first used.
	schemas object
	// ask returns what a GET of a documented path answers.
	ask func(path, accept string) string
}

// document makes the whole document.
func (m *manual) document() object {
	intro, err := os.ReadFile("testdata/openapi.md")
	if err != nil {
		m.t.Fatal(err)
	}
	paths := m.paths()
	return obj(
		"openapi", "3.1.1",
		"info", obj("title", "resultgraph: the LTI REST API", "version", "1.0.0", "description", string(intro),
			"license", obj("name", "MIT", "identifier", "MIT")),
		"servers", []any{obj("url", "/", "description", "The server that this document comes from.")},
		"security", []any{obj("ApiKey", []any{})},
		"tags", tags(),
		"paths", paths,
		"components", obj("schemas", m.schemas.with(errorSchemas()...), "responses", stockResponses(),
			"parameters", sharedParameters(), "headers", headers(), "securitySchemes", obj("ApiKey", keyScheme())),
	)
}

// paths are all routes, those of one path together.
func (m *manual) paths() (paths object) {
	docs, at := documentation(m.t), map[string]int{}
	for i, rt := range routes() {
		n, ok := at[rt.path]
		if !ok {
			n = len(paths)
			at[rt.path] = n
			paths = append(paths, property{base + rt.path, obj("parameters", pathParameters(rt.path))})
		}
		paths[n].value = paths[n].value.(object).with(strings.ToLower(rt.method), m.operation(rt, docs[i]))
	}
	return paths
}

// operation is a route.
func (m *manual) operation(rt route, doc documented) object {
	id := identifier(rt)
	summary, _, _ := strings.Cut(doc.Summary, ". ")
	op := obj("tags", []string{tag(doc.Group)}, "summary", summary, "description", remarks[id], "operationId", id)
	if rt.operation == "" {
		op = op.with("x-status", "planned")
	}
	if remarks[id] == "" {
		m.t.Errorf("nothing is said about %s", id)
	}
	return op.with("parameters", m.parameters(rt), "requestBody", m.body(id, doc), "responses", m.responses(rt, doc))
}

// identifier names a route: by its operation, or as planned does.
func identifier(rt route) string {
	name := rt.operation
	if rt.method == http.MethodPut {
		name = "AssignmentReplace"
	}
	if rt.media == anything {
		name += "File"
	}
	if name == "" {
		return planned[rt.method+" "+lastWord.FindString(rt.path)]
	}
	return strings.ToLower(name[:1]) + name[1:]
}

var lastWord = regexp.MustCompile(`[^/]+/$`)

// planned are the names of the routes for people, who come later.
var planned = map[string]string{
	"GET prefs/": "userPrefs", "POST prefs/": "userPrefsSave", "GET state/": "userState",
}

var pathParameter = regexp.MustCompile(`(\w+)/{(\w+)}`)

// pathParameters are those of a path.
func pathParameters(path string) any {
	var list []any
	for _, p := range pathParameter.FindAllStringSubmatch(path, -1) {
		segment, name := p[1], p[2]
		w := segments[segment]
		schema := obj("type", "string")
		if _, number := w.example.(int); number {
			schema = scalarType("BigInt")
		}
		list = append(list, obj("name", name, "in", "path", "required", true, "description", w.text,
			"schema", schema, "example", w.example))
	}
	if list == nil {
		return nil
	}
	return list
}

// parameters are those of a route beside its path's.
func (m *manual) parameters(rt route) []any {
	var list []any
	if op := m.operations[rt.operation]; op != nil {
		for _, v := range op.VariableDefinitions {
			switch rt.source(v.Variable) {
			case fromQuery:
				list = append(list, refer("parameters", v.Variable))
			case fromIfMatch:
				list = append(list, refer("parameters", "ifMatch"))
			}
		}
	}
	if rt.media == archive || rt.media == anything {
		list = append(list, refer("parameters", "ifNoneMatch"), refer("parameters", "range"))
	}
	return append(list, refer("parameters", "format"))
}

// examplePath fills in a documented path with the parameters' examples.
func examplePath(path string) string {
	return pathParameter.ReplaceAllStringFunc(path, func(s string) string {
		segment, _, _ := strings.Cut(s, "/")
		return segment + "/" + fmt.Sprint(segments[segment].example)
	})
}
