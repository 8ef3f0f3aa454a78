package graph_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/graph/exec"
	"github.com/momotor/resultgraph/internal/access"
)

// hostileCursorValues are JSON values in place of a value of a cursor.
var hostileCursorValues = []string{
	`"\u0000"`, `"a\u0000b"`, `"\ud800"`, `""`, `null`, `true`, `[]`, `{}`, `0.5`, `1e308`, `1e400`, `9223372036854775807`, `-9223372036854775808`,
	`"0001-01-01T00:00:00+23:59"`, `"9998-12-31T23:59:59-23:59"`, `"9999-12-31T23:59:59Z"`, `"2024-02-30T00:00:00Z"`,
}

// Whatever a cursor contains, the error is the client's, on both databases and on both paths.
func TestHostileCursors(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		ms := newMutationServerWith(t, s, 5)
		addUploads(t, s, ms.course)
		addJobs(t, s, ms.course)
		servers := []*graph.Server{newServerWith(ms, false), newServerWith(ms, true)}
		for _, list := range cursorLists() {
			cursor := findCursor(t, servers[0], ms.teacher(), fmt.Sprintf(list, "first: 1"))
			var parts []json.RawMessage
			text, err := base64.RawURLEncoding.DecodeString(cursor)
			if err != nil || json.Unmarshal(text, &parts) != nil || len(parts) < 2 {
				t.Fatalf("%s: the cursor is %q, want a list of values", list, text)
			}
			for i := range parts[1:] {
				for _, value := range hostileCursorValues {
					changed := slices.Clone(parts)
					changed[i+1] = json.RawMessage(value)
					text, _ := json.Marshal(changed)
					for _, server := range servers {
						for _, name := range []string{"after", "before"} {
							argument := fmt.Sprintf("first: 1, %s: %q", name, base64.RawURLEncoding.EncodeToString(text))
							expectNoInternalError(t, server, ms.teacher(), name+" "+string(text), fmt.Sprintf(list, argument), "{}")
						}
					}
				}
			}
		}
	})
}

// cursorLists returns an operation for each order of each kind of list, with %s for arguments.
func cursorLists() (lists []string) {
	schema := exec.NewExecutableSchema(exec.Config{}).Schema()
	for field, order := range map[string]string{"results": "ResultOrderField", "users": "UserOrderField"} {
		for _, value := range schema.Types[order].EnumValues {
			lists = append(lists, fmt.Sprintf(`{ account(canvasGuid: "guidone") { course(canvasId: 1001) { %s(orderBy: [{field: %s}], %%s) { pageInfo { endCursor } } } } }`, field, value.Name))
		}
	}
	return append(lists, `{ accounts(%s) { pageInfo { endCursor } } }`, `{ account(canvasGuid: "guidone") { courses(%s) { pageInfo { endCursor } } } }`,
		`{ account(canvasGuid: "guidone") { course(canvasId: 1001) { assignments(%s) { pageInfo { endCursor } } } } }`,
		`{ account(canvasGuid: "guidone") { course(canvasId: 1001) { jobs(%s) { pageInfo { endCursor } } } } }`,
		`{ account(canvasGuid: "guidone") { course(canvasId: 1001) { assignment(canvasId: 1501) { uploads(%s) { pageInfo { endCursor } } } } } }`,
		`{ account(canvasGuid: "guidone") { course(canvasId: 1001) { assignment(canvasId: 1501) { uploads(first: 3) { nodes { outcomes(%s) { pageInfo { endCursor } } } } } } } }`)
}

// findCursor returns the end cursor of a page.
func findCursor(t *testing.T, h *graph.Server, p *access.Principal, document string) string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": document})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(string(body)))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeCaller(w, r.WithContext(access.WithPrincipal(r.Context(), p)))
	_, after, _ := strings.Cut(w.Body.String(), `"endCursor":"`)
	cursor, _, found := strings.Cut(after, `"`)
	if !found {
		t.Fatalf("%s = %s, want a cursor", document, w.Body)
	}
	return cursor
}
