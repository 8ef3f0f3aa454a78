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
type openAPIBuilder struct {
	t          *testing.T
	operations operations
	schema     *ast.Schema
	// schemas are the named ones, in the order in which they are first used.
	schemas jsonObject
	// ask returns what a GET of a documented path answers.
	fetch func(path, accept string) string
}

// document makes the whole document.
func (m *openAPIBuilder) document() jsonObject {
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
		"components", obj("schemas", m.schemas.with(errorSchemas()...), "responses", sharedResponses(),
			"parameters", sharedParameters(), "headers", sharedHeaders(), "securitySchemes", obj("ApiKey", apiKeyScheme())),
	)
}

// paths are all routes, those of one path together.
func (m *openAPIBuilder) paths() (paths jsonObject) {
	docs, at := contractRoutes(m.t), map[string]int{}
	for i, rt := range routes() {
		n, ok := at[rt.path]
		if !ok {
			n = len(paths)
			at[rt.path] = n
			paths = append(paths, property{base + rt.path, obj("parameters", pathParameters(rt.path))})
		}
		paths[n].value = paths[n].value.(jsonObject).with(strings.ToLower(rt.method), m.operation(rt, docs[i]))
	}
	return paths
}

// operation is a route.
func (m *openAPIBuilder) operation(rt route, doc contractRoute) jsonObject {
	id := operationID(rt)
	summary, _, _ := strings.Cut(doc.Summary, ". ")
	op := obj("tags", []string{tagOf(doc.Group)}, "summary", summary, "description", operationDescriptions[id], "operationId", id)
	if rt.operation == "" {
		op = op.with("x-status", "planned")
	}
	if operationDescriptions[id] == "" {
		m.t.Errorf("nothing is said about %s", id)
	}
	return op.with("parameters", m.parameters(rt), "requestBody", m.requestBody(id, doc), "responses", m.responses(rt, doc))
}

// identifier names a route: by its operation, or as planned does.
func operationID(rt route) string {
	name := rt.operation
	if rt.method == http.MethodPut {
		name = "AssignmentReplace"
	}
	if rt.extraTypes == anyType {
		name += "File"
	}
	if name == "" {
		return plannedRoutes[rt.method+" "+lastWord.FindString(rt.path)]
	}
	return strings.ToLower(name[:1]) + name[1:]
}

var lastWord = regexp.MustCompile(`[^/]+/$`)

// planned are the names of the routes for people, who come later.
var plannedRoutes = map[string]string{
	"GET prefs/": "userPrefs", "POST prefs/": "userPrefsSave", "GET state/": "userState",
}

var pathParameter = regexp.MustCompile(`(\w+)/{(\w+)}`)

// pathParameters are those of a path.
func pathParameters(path string) any {
	var list []any
	for _, p := range pathParameter.FindAllStringSubmatch(path, -1) {
		segment, name := p[1], p[2]
		w := pathSegments[segment]
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
func (m *openAPIBuilder) parameters(rt route) []any {
	var list []any
	if op := m.operations[rt.operation]; op != nil {
		for _, v := range op.VariableDefinitions {
			switch rt.sourceOf(v.Variable) {
			case fromQuery:
				list = append(list, componentRef("parameters", v.Variable))
			case fromIfMatch:
				list = append(list, componentRef("parameters", "ifMatch"))
			}
		}
	}
	if rt.extraTypes == bundleTypes || rt.extraTypes == anyType {
		list = append(list, componentRef("parameters", "ifNoneMatch"), componentRef("parameters", "range"))
	}
	return append(list, componentRef("parameters", "format"))
}

// examplePath fills in a documented path with the parameters' examples.
func examplePath(path string) string {
	return pathParameter.ReplaceAllStringFunc(path, func(s string) string {
		segment, _, _ := strings.Cut(s, "/")
		return segment + "/" + fmt.Sprint(pathSegments[segment].example)
	})
}
