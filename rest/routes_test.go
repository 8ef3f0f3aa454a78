package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql/executor"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/graph/exec"
)

// A contractRoute is the entry of a route in the contract.
type contractRoute struct {
	Group, Method, Path, Summary string
	Query, Request, Response     contractFields
	Statuses                     map[string]string
}

// contractFields are the documented members of a body in order, by paths such as
// [].steps[][].id.
type contractFields []contractField

type contractField struct {
	path, Type         string
	Required, Readonly bool
}

// UnmarshalJSON decodes an object and keeps the order of its members.
func (f *contractFields) UnmarshalJSON(text []byte) error {
	for _, m := range jsonMembers(text) {
		field := contractField{path: m.name}
		if err := json.Unmarshal(m.value, &field); err != nil {
			return err
		}
		*f = append(*f, field)
	}
	return nil
}

type jsonMember struct {
	name  string
	value json.RawMessage
}

// jsonMembers returns the members of a JSON object in order.
func jsonMembers(text []byte) (list []jsonMember) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.Token()
	for dec.More() {
		name, _ := dec.Token()
		m := jsonMember{name: fmt.Sprint(name)}
		dec.Decode(&m.value)
		list = append(list, m)
	}
	return list
}

// A contract lists the documented routes.
type contract []contractRoute

// find returns the entry of a route by its method and path.
func (c contract) find(rt route) (contractRoute, bool) {
	i := slices.IndexFunc(c, func(doc contractRoute) bool { return doc.Method == rt.method && doc.Path == basePath+rt.path })
	if i < 0 {
		return contractRoute{}, false
	}
	return c[i], true
}

func contractRoutes(t testing.TB) contract {
	t.Helper()
	var file struct{ Routes contract }
	loadContract(t, "routes.json", &file)
	return file.Routes
}

// The contract and the code have the same routes, and the operations use every path parameter.
func TestRoutesAreDocumented(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	docs, table := contractRoutes(t), routes()
	for _, doc := range docs {
		if !slices.ContainsFunc(table, func(rt route) bool { return doc.Method == rt.method && doc.Path == basePath+rt.path }) {
			t.Errorf("routes.go has no route %s %s", doc.Method, doc.Path)
		}
	}
	used := map[string]bool{}
	for _, name := range auxiliaryOperations {
		used[name] = true
	}
	for _, rt := range table {
		if _, ok := docs.find(rt); !ok {
			t.Errorf("routes.json has no entry for %s %s", rt.method, basePath+rt.path)
		}
		used[rt.operation] = true
		if op := api.operations[rt.operation]; op != nil {
			for _, p := range regexp.MustCompile(`{(\w+)}`).FindAllStringSubmatch(rt.path, -1) {
				if p[1] != "path" && op.VariableDefinitions.ForName(p[1]) == nil {
					t.Errorf("%s %s: operation %s has no $%s", rt.method, rt.path, rt.operation, p[1])
				}
			}
		}
	}
	for name := range api.operations {
		if !used[name] {
			t.Errorf("no route uses operation %s", name)
		}
	}
}

func newAPI(t testing.TB) *API {
	t.Helper()
	schema := exec.NewExecutableSchema(exec.Config{})
	api, err := New(Config{Schema: schema.Schema(), Executor: executor.New(schema)})
	if err != nil {
		t.Fatal(err)
	}
	return api
}

// The response of every route has all documented members in order, with their types. It has null only
// where the contract allows null.
func TestRoutesRespond(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		server := serveRecordedData(t, s, "testdata/wire")
		docs := contractRoutes(t)
		for _, rt := range routes() {
			doc, ok := docs.find(rt)
			if !ok {
				t.Errorf("routes.json has no entry for %s %s", rt.method, basePath+rt.path)
				continue
			}
			for _, user := range []string{"9001", "9002"} {
				path := exampleURL(doc.Path, user)
				raw := rawRequest(doc.Method, path, sampleKey)
				if rt.personOnly() {
					raw = rawRequest(doc.Method, path, "", sessionHeaders(server.token)...)
				}
				got := sendRaw(t, server.address(), doc.Method, raw)
				if allow := got.header.Get("Allow"); !slices.Contains(strings.Split(allow, ", "), doc.Method) {
					t.Errorf("%s %s: Allow = %q, want it to contain %s", doc.Method, path, allow, doc.Method)
				}
				if got.status != expectedStatus(&rt, user) {
					t.Errorf("%s %s = %d %s, want %d", doc.Method, path, got.status, got.text, expectedStatus(&rt, user))
				}
				if got.status == http.StatusOK && len(doc.Response) > 0 {
					doc.Response.check(t, doc.Method+" "+path, "", []byte(got.text))
				}
			}
		}
	})
}

// expectedStatus returns the status of a route on the recorded data: 9001 has a basic bundle and two
// steps, and all bundles of 9002 are purged.
func expectedStatus(rt *route, user string) int {
	switch {
	case rt.operation == "AssignmentRefresh": // an active assignment is refreshed by the schedule
		return http.StatusConflict
	case rt.operation == "AssignmentUpload", rt.operation == "UserPrefsUpdate": // without a body
		return http.StatusBadRequest
	case strings.Contains(rt.path, "/step/") && user == "9002":
		return http.StatusNotFound
	case rt.extraTypes == bundleTypes || rt.extraTypes == anyType:
		switch isNotStored := strings.Contains(rt.operation, "FullBundle") || strings.Contains(rt.operation, "Product"); {
		case user == "9002":
			return http.StatusGone
		case isNotStored:
			return http.StatusNotFound
		}
	}
	return http.StatusOK
}

// sampleKey is the key in the documentation.
const sampleKey = "12345678.abcdefghijklmnopqrstuvwxyz"

// exampleURL replaces the parameters of a documented path by values of the recorded data.
func exampleURL(path, user string) string {
	attempt := map[string]string{"9001": "2", "9002": "1"}[user]
	path = strings.NewReplacer("/account/{id}/", "/account/1/", "/user/{canvas_id}", "/user/"+user,
		"/course/{canvas_id}", "/course/1001", "/assignment/{canvas_id}", "/assignment/501").Replace(path)
	return strings.NewReplacer("{account_pk}", "1", "{course_canvas_id}", "1001", "{assignment_canvas_id}", "501",
		"{result_user__canvas_id}", user, "{user__canvas_id}", user, "{user_canvas_id}", user,
		"{attempt}", attempt, "{attempt_attempt}", attempt, "{id}", "compile", "{path}", "result.xml").Replace(path)
}

// rawRequest returns the bytes of a request without a body.
func rawRequest(method, path, key string, headers ...string) []byte {
	lines := append([]string{method + " " + path + " HTTP/1.1", "Host: lti.example.edu", "Connection: close"}, headers...)
	if key != "" {
		lines = append(lines, "Authorization: Api-Key "+key)
	}
	return []byte(strings.Join(lines, "\r\n") + "\r\n\r\n")
}

// check compares a value with the documented members below its path.
func (f contractFields) check(t *testing.T, route, path string, value json.RawMessage) {
	t.Helper()
	want := f.memberNames(path)
	switch {
	case value[0] == '[':
		var items []json.RawMessage
		if err := json.Unmarshal(value, &items); err != nil || path == "" && len(items) == 0 {
			t.Errorf("%s: list at %q = %s, want items", route, path, value)
		}
		for _, item := range items {
			f.check(t, route, path+"[]", item)
		}
	case len(want) > 0 && value[0] == '{':
		var got []string
		for _, m := range jsonMembers(value) {
			got = append(got, m.name)
			f.check(t, route, strings.TrimPrefix(path+"."+m.name, "."), m.value)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: members of %q = %q, want %q", route, path, got, want)
		}
	default:
		f.checkType(t, route, path, value)
	}
}

// memberNames returns the names of the members at a path.
func (f contractFields) memberNames(path string) (names []string) {
	for _, field := range f {
		rest, ok := strings.CutPrefix(field.path, strings.TrimPrefix(path+".", "."))
		if name := regexp.MustCompile(`^\w+`).FindString(rest); ok && name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// checkType compares the type of a value without members with the contract.
func (f contractFields) checkType(t *testing.T, route, path string, value json.RawMessage) {
	t.Helper()
	i := slices.IndexFunc(f, func(field contractField) bool { return field.path == path })
	patterns := map[string]string{
		"string": `^"`, "integer": `^-?\d+$`, "number": `^-?\d+(\.\d+|(\.\d+)?e[+-]\d+)$`, "boolean": `^(true|false)$`, "object": `^\{`,
	}
	switch {
	case string(value) == "null" && (i < 0 || !f[i].Required):
	case i < 0:
		t.Errorf("%s: the contract has no member %s, the response has %s", route, path, value)
	case !regexp.MustCompile(patterns[f[i].Type]).Match(value):
		t.Errorf("%s: %s = %s, want the type %s", route, path, value, f[i].Type)
	}
}
