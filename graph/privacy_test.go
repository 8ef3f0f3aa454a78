package graph_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/graph/exec"
	"github.com/momotor/resultgraph/internal/access"
)

// A privateFixture is a course whose people have unmistakable ids, names and texts.
type privateFixture struct {
	*courseFixture
	*dbtest.People
}

// newPrivateFixture adds the course of newCourseFixture to a store, with uploads and jobs, and marks its
// people.
func newPrivateFixture(t *testing.T, s *db.Store) *privateFixture {
	t.Helper()
	dbtest.StartIDs(t, s)
	c := newCourseFixture(t, s, 1001, 7, "one")
	addVariedResults(t, s, c)
	addUploads(t, s, c)
	addJobs(t, s, c)
	return &privateFixture{c, dbtest.MarkPeople(t, s, c.account.MomotorID)}
}

// caller returns a caller with the rights of a reviewer of the course.
func (f *privateFixture) caller() *access.Principal {
	return &access.Principal{
		Kind: access.APIKey, Name: "caller", Prefix: "prefix", Grants: []access.Grant{{CourseID: f.course.MomotorID, Roles: access.Teacher}},
	}
}

// pseudonymous returns a caller who sees pseudonyms, and the pseudonym of each person.
func (f *privateFixture) pseudonymous(t *testing.T, s *db.Store) (caller *access.Principal, numbers []int64) {
	t.Helper()
	caller = f.caller()
	dbtest.MakePseudonymous(t, s, caller)
	for _, id := range f.IDs {
		numbers = append(numbers, dbtest.Pseudonym(t, s, caller.KeyID, id))
	}
	return caller, numbers
}

// operations returns an operation for each field of the schema, and for the cursors of all lists of rows
// about people in each order. The numbers known are ids of people.
func (f *privateFixture) operations(known ...int64) []string {
	g := &operationGenerator{schema: exec.NewExecutableSchema(exec.Config{}).Schema()}
	user := strconv.FormatInt(known[1], 10)
	ops := g.operationPerField()
	for i := range ops {
		ops[i] = strings.ReplaceAll(ops[i], "anvasId: 1001001", "anvasId: "+user)
	}
	page := "{ edges { cursor node { id } } pageInfo { startCursor endCursor } }"
	course := func(selection string) string {
		return `{ account(canvasGuid: "guidone") { course(canvasId: 1001) { ` + selection + " } } }"
	}
	for _, order := range g.schema.Types["ResultOrderField"].EnumValues {
		ops = append(ops, course("results(orderBy: {field: "+order.Name+"}) "+page))
	}
	for _, order := range g.schema.Types["UserOrderField"].EnumValues {
		ops = append(ops, course("users(orderBy: {field: "+order.Name+"}) "+page))
	}
	people := "{ id canvasId name sortableName loginId roles sectionCanvasIds }"
	return append(ops, course("jobs { edges { cursor } nodes { failure result { id user "+people+" group "+people+" } } }"),
		course("assignment(canvasId: 1501) { uploads { nodes { failure outcomes { edges { cursor } nodes { reason grade user "+people+" } } } } }"),
		course("users { nodes { id results { nodes { id user "+people+" attempts { user "+people+" } bundles { name url } steps { label summary details } } } } }"),
		course("results(filter: {userCanvasId: "+user+"}) { nodes { user "+people+" label summary previewUrl } }"))
}

// A caller with pseudonyms sees no text that names a person, on any path through the schema. Both paths
// agree, and a caller without pseudonyms sees all these texts.
func TestPseudonymsHidePeople(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		f := newPrivateFixture(t, s)
		servers := newServers(t, s)
		var open []byte
		for _, op := range f.operations(f.CanvasIDs...) {
			body, _ := execute(t, servers.fast, f.caller(), op)
			open = append(open, body...)
		}
		if found := f.MarksIn(string(open)); len(found) < len(f.Marks) {
			t.Errorf("the responses to a caller without pseudonyms have only the marks %q of %q, so the test proves little", found, f.Marks)
		}
		caller, numbers := f.pseudonymous(t, s)
		covered := coverage{}
		check := func(t tester, op string, variables map[string]any) {
			compare(t, servers.slow, servers.fast, caller, op, variables, covered)
			body, _ := executeWith(t, servers.fast, caller, op, variables)
			if leak := f.MarksIn(string(body)); leak != nil || bytes.Contains(body, []byte("INTERNAL")) {
				t.Errorf("%s\n= %s, which has the marks %q", op, body, leak)
			}
		}
		for _, op := range f.operations(numbers...) {
			check(t, op, nil)
		}
		for _, path := range [][]string{{"account", "course", "user"}, {"account", "course", "assignment", "result"}} {
			generator := &operationGenerator{schema: exec.NewExecutableSchema(exec.Config{}).Schema(), depth: 7 - len(path), rootPath: path, values: f.values(numbers)}
			rapid.Check(t, func(rt *rapid.T) {
				op := generator.operation(rt)
				op.document = strings.ReplaceAll(op.document, "anvasId: 1001001)", fmt.Sprintf("anvasId: %d)", numbers[1]))
				for _, variables := range op.requests {
					check(rt, op.document, variables)
				}
			})
		}
		if covered["fast"] < 200 {
			t.Errorf("%d operations were fast, want at least 200", covered["fast"])
		}
	})
}

// values returns values of arguments that exist, with the given ids of people.
func (f *privateFixture) values(people []int64) map[string][]string {
	ids := []string{`"x"`}
	canvasIDs := []string{"1001", "1501"}
	for i, n := range people {
		ids = append(ids, fmt.Sprintf("%q", db.NodeID{Type: "User", Key: [4]int64{f.course.MomotorID, n}}))
		canvasIDs = append(canvasIDs, strconv.FormatInt(n, 10), strconv.FormatInt(f.CanvasIDs[i], 10))
	}
	return map[string][]string{
		"id": ids, "ids": ids, "canvasId": canvasIDs, "userCanvasId": canvasIDs[2:], "taskId": {`"run.0"`}, "sectionCanvasId": {"10010"},
		"after": {"null"}, "before": {"null"}, "last": {"null"}, "canvasGuid": {`"guidone"`}, "momotorId": {"null"},
	}
}

// A pseudonymousUser is a person as a caller with pseudonyms sees them.
type pseudonymousUser struct {
	ID, Name, SortableName, LoginID string
	CanvasID                        int64
	Results                         struct{ Nodes []struct{ MomotorID int64 } }
}

// Pseudonyms are stable numbers below 2^53 that stand for one person everywhere: in names, global ids,
// arguments, filters, orders and cursors. The stored ids find nobody.
func TestPseudonymsFindPeople(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		f := newPrivateFixture(t, s)
		server := newServers(t, s).fast
		caller, numbers := f.pseudonymous(t, s)
		read := func(selection string, into any) {
			t.Helper()
			body, _ := execute(t, server, caller, `{ account(canvasGuid: "guidone") { course(canvasId: 1001) { `+selection+` } } }`)
			out := struct {
				Data   struct{ Account struct{ Course any } }
				Errors any
			}{}
			out.Data.Account.Course = into
			if err := json.Unmarshal(body, &out); err != nil || out.Errors != nil {
				t.Fatalf("%s = %s", selection, body)
			}
		}
		const fields = "{ id name sortableName loginId canvasId results(pick: ALL, first: 1000) { nodes { momotorId } } }"
		var all struct {
			Users struct{ Nodes []pseudonymousUser }
		}
		read("users(first: 100) { nodes "+fields+" }", &all)
		for i, id := range f.IDs {
			want := fmt.Sprint("Student ", numbers[i])
			at := slices.IndexFunc(all.Users.Nodes, func(u pseudonymousUser) bool { return u.CanvasID == numbers[i] })
			if at < 0 {
				t.Fatalf("no user has the pseudonym %d of %d in %+v", numbers[i], id, all)
			}
			u := all.Users.Nodes[at]
			if u.Name != want || u.SortableName != want || u.LoginID != fmt.Sprint("student-", u.CanvasID) || len(u.Results.Nodes) < 2 {
				t.Errorf("user %d is %+v, want %s with results", i, u, want)
			}
			var one struct {
				User       *pseudonymousUser
				Results    struct{ Nodes []struct{ MomotorID int64 } }
				Assignment struct {
					Result *struct{ User pseudonymousUser }
				}
			}
			number := strconv.FormatInt(u.CanvasID, 10)
			read("user(canvasId: "+number+") "+fields+" results(first: 1000, filter: {userCanvasId: "+number+"}) { nodes { momotorId } } assignment(canvasId: 1501) { result(userCanvasId: "+number+", attempt: 1) { user { id } } }", &one)
			if one.User == nil || one.User.ID != u.ID || fmt.Sprint(one.Results) != fmt.Sprint(u.Results) || one.Assignment.Result == nil || one.Assignment.Result.User.ID != u.ID {
				t.Errorf("user(canvasId: %s) and its results are %+v, want those of %+v", number, one, u)
			}
			body, _ := execute(t, server, caller, fmt.Sprintf(`{ node(id: %q) { ... on User { canvasId } } }`, u.ID))
			if want := fmt.Sprintf(`{"data":{"node":{"canvasId":%s}}}`, number); string(body) != want {
				t.Errorf("node of the user = %s, want %s", body, want)
			}
			stored := db.NodeID{Type: "User", Key: [4]int64{f.course.MomotorID, id}}
			read(fmt.Sprintf("user(canvasId: %d) { id } results(filter: {userCanvasId: %d}) { nodes { momotorId } }", f.CanvasIDs[i], f.CanvasIDs[i]), &one)
			body, _ = execute(t, server, caller, fmt.Sprintf(`{ node(id: %q) { id } }`, stored))
			if one.User != nil || len(one.Results.Nodes) > 0 || string(body) != `{"data":{"node":null}}` {
				t.Errorf("the stored ids find %+v and %s, want nothing", one, body)
			}
		}
		names := make([]string, len(all.Users.Nodes))
		for i, u := range all.Users.Nodes {
			names[i] = u.SortableName
		}
		if !slices.IsSorted(names) {
			t.Errorf("the users are in the order %q, want the order of their pseudonyms", names)
		}
		var paged []string
		for after := "null"; after != ""; {
			var page struct {
				Users struct {
					Nodes    []pseudonymousUser
					PageInfo struct {
						HasNextPage bool
						EndCursor   string
					}
				}
			}
			read("users(first: 2, after: "+after+") { nodes { sortableName } pageInfo { hasNextPage endCursor } }", &page)
			for _, u := range page.Users.Nodes {
				paged = append(paged, u.SortableName)
			}
			after = ""
			if page.Users.PageInfo.HasNextPage {
				after = strconv.Quote(page.Users.PageInfo.EndCursor)
			}
		}
		if !slices.Equal(paged, names) {
			t.Errorf("the pages have %q, want %q", paged, names)
		}
	})
}

// A caller who may read only figures is refused each field that shows a person or a result, with a sentence,
// and sees nothing of them elsewhere.
func TestFiguresOnlyRefusesRows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		f := newPrivateFixture(t, s)
		servers := newServers(t, s)
		caller := f.caller()
		caller.MinGroup, caller.ReadOnly = 5, true
		refused, allowed := 0, 0
		for _, op := range f.operations(f.CanvasIDs...) {
			body, _ := execute(t, servers.fast, caller, op)
			if leak := f.MarksIn(string(body)); leak != nil {
				t.Errorf("%s\n= %s, which has the marks %q", op, body, leak)
			}
			if bytes.Contains(body, []byte(`"code":"FORBIDDEN"`)) && bytes.Contains(body, []byte("may read only figures")) {
				refused++
			} else if !bytes.Contains(body, []byte(`"errors":[`)) {
				allowed++
			} else {
				t.Errorf("%s\n= %s, want data or a refusal", op, body)
			}
		}
		if refused < 50 || allowed < 30 {
			t.Errorf("%d operations are refused and %d are allowed, want at least 50 and 30", refused, allowed)
		}
		for op, isRefused := range map[string]bool{
			`{ node(id: "x") { id } }`:  true,
			`{ nodes(ids: []) { id } }`: true,
			`{ viewer { name readOnly minGroup pseudonymous courses { nodes { name assignments { nodes { name taskIds recipe { name } } } } } } }`: false,
			`{ viewer { ...F } } fragment F on Viewer { courses { nodes { users { totalCount } } } }`:                                              true,
			`{ viewer { courses { nodes { ... { results { totalCount } } } } } }`:                                                                  true,
			`{ __schema { types { name fields { name } } } }`:                                                                                      false,
		} {
			if body, _ := execute(t, servers.fast, caller, op); bytes.Contains(body, []byte(`"code":"FORBIDDEN"`)) != isRefused {
				t.Errorf("%s = %s, refused: want %t", op, body, isRefused)
			}
		}
	})
}
