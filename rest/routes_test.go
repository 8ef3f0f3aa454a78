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

// A documented route is what the documentation says of one.
type contractRoute struct {
	Group, Method, Path, Summary string
	Query, Request, Response     contractFields
	Statuses                     map[string]string
}

// fields are the documented members of an answer in their order, by paths such as
// [].steps[][].id.
type contractFields []contractField

type contractField struct {
	path, Type         string
	Required, Readonly bool
}

// UnmarshalJSON reads an object and keeps its order.
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

// members returns those of a JSON object in their order.
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

func contractRoutes(t testing.TB) []contractRoute {
	t.Helper()
	var file struct{ Routes []contractRoute }
	loadContract(t, "routes.json", &file)
	return file.Routes
}

// The table is the documentation's, and every parameter of a path is used.
func TestRoutesAreDocumented(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	docs, table := contractRoutes(t), routes()
	if len(docs) != len(table) {
		t.Fatalf("%d routes, %d are documented", len(table), len(docs))
	}
	used := map[string]bool{"Bundle": true, "ResultTableRows": true, "ResultListMore": true, "AssignmentVersion": true}
	for i, rt := range table {
		if got, want := rt.method+" "+base+rt.path, docs[i].Method+" "+docs[i].Path; got != want {
			t.Errorf("route %d is %s, want %s", i, got, want)
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

// Every route answers, and what it answers has the documented members: all of them, in
// their order, with their types, and null where they may be.
func TestRoutesAnswer(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		address := serveFolder(t, s, "testdata/wire").Listener.Addr().String()
		for i, doc := range contractRoutes(t) {
			for _, user := range []string{"9001", "9002"} {
				path := exampleURL(doc.Path, user)
				got := sendRaw(t, address, doc.Method, rawRequest(doc.Method, path, sampleKey))
				if allow := got.header.Get("Allow"); !slices.Contains(strings.Split(allow, ", "), doc.Method) {
					t.Errorf("%s %s: Allow: %q", doc.Method, path, allow)
				}
				if got.status != expectedStatus(&routes()[i], user) {
					t.Errorf("%s %s = %d %s", doc.Method, path, got.status, got.text)
				}
				if got.status == http.StatusOK && len(doc.Response) > 0 {
					doc.Response.check(t, doc.Method+" "+path, "", []byte(got.text))
				}
			}
		}
	})
}

// statusOf is what a route answers on the recorded data, where 9001 has a basic bundle
// and two steps, and all bundles of 9002 are gone.
func expectedStatus(rt *route, user string) int {
	switch {
	case rt.operation == "AssignmentRefresh": // of an active one
		return http.StatusConflict
	case rt.operation == "AssignmentUpload": // without a body
		return http.StatusBadRequest
	case rt.operation == "":
		return http.StatusForbidden
	case strings.Contains(rt.path, "/step/") && user == "9002":
		return http.StatusNotFound
	case rt.extraTypes == bundleTypes || rt.extraTypes == anyType:
		switch full := strings.Contains(rt.operation, "FullBundle") || strings.Contains(rt.operation, "Product"); {
		case user == "9002":
			return http.StatusGone
		case full:
			return http.StatusNotFound
		}
	}
	return http.StatusOK
}

// sampleKey is the documentation's.
const sampleKey = "12345678.abcdefghijklmnopqrstuvwxyz"

// example fills in a documented path.
func exampleURL(path, user string) string {
	attempt := map[string]string{"9001": "2", "9002": "1"}[user]
	path = strings.NewReplacer("/account/{id}/", "/account/1/", "/user/{canvas_id}", "/user/"+user,
		"/course/{canvas_id}", "/course/1001", "/assignment/{canvas_id}", "/assignment/501").Replace(path)
	return strings.NewReplacer("{account_pk}", "1", "{course_canvas_id}", "1001", "{assignment_canvas_id}", "501",
		"{result_user__canvas_id}", user, "{user__canvas_id}", user, "{user_canvas_id}", user,
		"{attempt}", attempt, "{attempt_attempt}", attempt, "{id}", "compile", "{path}", "result.xml").Replace(path)
}

func rawRequest(method, path, key string, headers ...string) []byte {
	lines := append([]string{method + " " + path + " HTTP/1.1", "Host: lti.example.edu", "Connection: close"}, headers...)
	if key != "" {
		lines = append(lines, "Authorization: Api-Key "+key)
	}
	return []byte(strings.Join(lines, "\r\n") + "\r\n\r\n")
}

// check compares a value with what is documented below a path.
func (f contractFields) check(t *testing.T, route, path string, value json.RawMessage) {
	t.Helper()
	names := f.below(path)
	switch {
	case value[0] == '[':
		var items []json.RawMessage
		if err := json.Unmarshal(value, &items); err != nil || path == "" && len(items) == 0 {
			t.Errorf("%s: %s has no items: %s", route, path, value)
		}
		for _, item := range items {
			f.check(t, route, path+"[]", item)
		}
	case len(names) > 0 && value[0] == '{':
		var got []string
		for _, m := range jsonMembers(value) {
			got = append(got, m.name)
			f.check(t, route, strings.TrimPrefix(path+"."+m.name, "."), m.value)
		}
		if !slices.Equal(got, names) {
			t.Errorf("%s: %s has %q, want %q", route, path, got, names)
		}
	default:
		f.checkType(t, route, path, value)
	}
}

// below returns the names of the members at a path.
func (f contractFields) below(path string) (names []string) {
	for _, field := range f {
		rest, ok := strings.CutPrefix(field.path, strings.TrimPrefix(path+".", "."))
		if name := regexp.MustCompile(`^\w+`).FindString(rest); ok && name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func (f contractFields) checkType(t *testing.T, route, path string, value json.RawMessage) {
	t.Helper()
	i := slices.IndexFunc(f, func(field contractField) bool { return field.path == path })
	forms := map[string]string{
		"string": `^"`, "integer": `^-?\d+$`, "number": `^-?\d+(\.\d+|(\.\d+)?e[+-]\d+)$`, "boolean": `^(true|false)$`, "object": `^\{`,
	}
	switch {
	case string(value) == "null" && (i < 0 || !f[i].Required):
	case i < 0:
		t.Errorf("%s: %s is not documented: %s", route, path, value)
	case !regexp.MustCompile(forms[f[i].Type]).Match(value):
		t.Errorf("%s: %s is %s, want a %s", route, path, value, f[i].Type)
	}
}
