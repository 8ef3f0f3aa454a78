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

// An openAPIBuilder generates the OpenAPI document.
type openAPIBuilder struct {
	t          *testing.T
	operations operations
	schema     *ast.Schema
	// schemas are the named schemas, in order of first use.
	schemas jsonObject
	// fetch returns the response to GET of a documented path.
	fetch func(path, accept string) string
}

// document returns the document.
func (ob *openAPIBuilder) document() jsonObject {
	intro, err := os.ReadFile("testdata/openapi.md")
	if err != nil {
		ob.t.Fatal(err)
	}
	paths := ob.paths()
	return obj(
		"openapi", "3.1.1",
		"info", obj("title", "resultgraph: the LTI REST API", "version", "1.0.0", "description", string(intro),
			"license", obj("name", "MIT", "identifier", "MIT")),
		"servers", []any{obj("url", "/", "description", "The server that this document comes from.")},
		"security", []any{obj("ApiKey", []any{}), obj("Session", []any{})},
		"tags", tags(),
		"paths", paths,
		"components", obj("schemas", ob.schemas.with(errorSchemas()...), "responses", sharedResponses(),
			"parameters", sharedParameters(), "headers", sharedHeaders(), "securitySchemes", obj("ApiKey", apiKeyScheme(), "Session", sessionScheme())),
	)
}

// paths returns the path items of all routes.
func (ob *openAPIBuilder) paths() (paths jsonObject) {
	docs, indexByPath := contractRoutes(ob.t), map[string]int{}
	for _, rt := range routes() {
		doc, ok := docs.find(rt)
		if !ok {
			ob.t.Errorf("routes.json has no entry for %s %s", rt.method, basePath+rt.path)
			continue
		}
		n, ok := indexByPath[rt.path]
		if !ok {
			n = len(paths)
			indexByPath[rt.path] = n
			paths = append(paths, property{basePath + rt.path, obj("parameters", ob.pathParameters(rt.path))})
		}
		paths[n].value = paths[n].value.(jsonObject).with(strings.ToLower(rt.method), ob.operation(rt, doc))
	}
	return paths
}

// operation returns the operation of a route.
func (ob *openAPIBuilder) operation(rt route, doc contractRoute) jsonObject {
	id := operationID(rt)
	summary, _, _ := strings.Cut(doc.Summary, ". ")
	op := obj("tags", []string{tagOf(doc.Group)}, "summary", summary, "description", operationDescriptions[id], "operationId", id)
	if tagOf(doc.Group) == "" {
		ob.t.Errorf("contractGroups has no group %q, of %s", doc.Group, id)
	}
	if operationDescriptions[id] == "" {
		ob.t.Errorf("operationDescriptions has no description of %s", id)
	}
	if rt.personOnly() {
		op = op.with("security", []any{obj("Session", []any{})})
	}
	return op.with("parameters", ob.parameters(rt), "requestBody", ob.requestBody(id, rt, doc), "responses", ob.responses(rt, doc))
}

// operationID returns the operation id of a route.
func operationID(rt route) string {
	name := rt.operation
	if rt.method == http.MethodPut {
		name = "AssignmentReplace"
	}
	if rt.extraTypes == anyType {
		name += "File"
	}
	return strings.ToLower(name[:1]) + name[1:]
}

var pathParameter = regexp.MustCompile(`(\w+)/{(\w+)}`)

// pathParameters returns the parameters of a path.
func (ob *openAPIBuilder) pathParameters(path string) any {
	var list []any
	for _, p := range pathParameter.FindAllStringSubmatch(path, -1) {
		segment, name := p[1], p[2]
		description, ok := pathSegments[segment]
		if !ok {
			ob.t.Errorf("pathSegments has no description of {%s} after %s", name, segment)
		}
		schema := obj("type", "string")
		if _, isNumber := description.example.(int); isNumber {
			schema = scalarType("BigInt")
		}
		list = append(list, obj("name", name, "in", "path", "required", true, "description", description.text,
			"schema", schema, "example", description.example))
	}
	if list == nil {
		return nil
	}
	return list
}

// parameters returns the query and header parameters of a route.
func (ob *openAPIBuilder) parameters(rt route) []any {
	var list []any
	if op := ob.operations[rt.operation]; op != nil {
		for _, v := range op.VariableDefinitions {
			switch rt.sourceOf(v.Variable) {
			case fromQuery:
				list = append(list, componentRef("parameters", v.Variable))
			case fromIfMatch:
				list = append(list, componentRef("parameters", "ifMatch"))
			}
		}
	}
	if rt.extraTypes == csvType {
		list = append(list, componentRef("parameters", "bom"))
	}
	if rt.extraTypes == bundleTypes || rt.extraTypes == anyType {
		list = append(list, componentRef("parameters", "ifNoneMatch"), componentRef("parameters", "range"))
	}
	if isConditional(rt) {
		list = append(list, componentRef("parameters", "ifNoneMatch"))
	}
	if rt.replacesObject() {
		list = append(list, componentRef("parameters", "csrfToken"))
	}
	return append(list, componentRef("parameters", "format"))
}

// isConditional reports whether the response of a route is a list or an object with an entity tag for
// If-None-Match. Responses about the person who is signed in have none. The tag of an assignment is its version, for If-Match.
func isConditional(rt route) bool {
	return rt.method == "GET" && rt.extraTypes == "" && !rt.personOnly() && rt.operation != assignmentDetail
}

// assignmentDetail is the operation whose response has the version of an assignment as its tag.
const assignmentDetail = "AssignmentDetail"

// examplePath replaces the parameters of a documented path by their examples.
func examplePath(path string) string {
	return pathParameter.ReplaceAllStringFunc(path, func(s string) string {
		segment, _, _ := strings.Cut(s, "/")
		return segment + "/" + fmt.Sprint(pathSegments[segment].example)
	})
}
