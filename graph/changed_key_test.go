package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
)

// A change of the courses of a key, or of its right to change data, holds for its next operation.
func TestChangedKeyHoldsAtOnce(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		s := dbtest.Open(t, location)
		one, two := newCourseFixture(t, s, 1001, 2, "one"), newCourseFixture(t, s, 1002, 2, "two")
		const both = `{ one: account(canvasGuid: "guidone") { name } two: account(canvasGuid: "guidtwo") { name } }`
		mixed := `{ __schema { queryType { name } } ` + both[1:]
		change := fmt.Sprintf(`mutation { updateAssignment(assignment: {path: {accountMomotorId: %d, courseCanvasId: 1001, canvasId: 1501}}, input: {paused: true}) { queued } }`, one.account.MomotorID)
		for name, server := range map[string]*client{"fast": startServer(t, s), "resolvers": startSlowServer(t, s)} {
			client := server.withKey(t, s, one.course.MomotorID)
			prefix, _, _ := strings.Cut(client.key, ".")
			check := func(operation, want string) {
				t.Helper()
				if _, body := client.post(t, operation, nil); !strings.Contains(string(body), want) {
					t.Errorf("%s: %s has the answer %s, want %s", name, operation, body, want)
				}
			}
			for range 2 {
				for i, want := range []string{`"one":{"name":"one"},"two":null`, `"one":null,"two":{"name":"two"}`} {
					course := []int64{one.course.MomotorID, two.course.MomotorID}[i]
					for _, operation := range []string{both, mixed} {
						if err := s.UpdateAPIKey(t.Context(), prefix, db.APIKeyChange{Courses: []int64{course}}); err != nil {
							t.Fatal(err)
						}
						check(operation, want)
						check(operation, want)
					}
				}
			}
			if err := s.UpdateAPIKey(t.Context(), prefix, db.APIKeyChange{Courses: []int64{one.course.MomotorID}}); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				for readOnly, want := range map[string]string{"TRUE": "This API key is read-only", "FALSE": `"queued":0`} {
					if _, err := s.SQL().ExecContext(t.Context(), "UPDATE api_key SET read_only = "+readOnly); err != nil {
						t.Fatal(err)
					}
					check(change, want)
					check(`{ viewer { readOnly } }`, `"readOnly":`+strings.ToLower(readOnly))
				}
			}
		}
	})
}

// A streamed answer that reads nothing but the caller has the present rights of the key.
func TestChangedKeyStreaming(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		s := dbtest.Open(t, location)
		one := newCourseFixture(t, s, 1001, 1, "one")
		client := startServer(t, s).withKey(t, s, one.course.MomotorID)
		long := strings.Repeat("x", 300<<10) // a name of a field, so that the answer is streamed
		operation := fmt.Sprintf(`{ node(id: "none") { __typename } %s: viewer { readOnly } }`, long)
		for _, readOnly := range []string{"FALSE", "TRUE", "FALSE"} {
			if _, err := s.SQL().ExecContext(t.Context(), "UPDATE api_key SET read_only = "+readOnly); err != nil {
				t.Fatal(err)
			}
			want := fmt.Sprintf(`{"data":{"node":null,"%s":{"readOnly":%s}}}`, long, strings.ToLower(readOnly))
			for range 2 {
				if _, body := client.post(t, operation, nil); string(body) != want {
					t.Errorf("the answer ends with %q and has %d bytes, want %q and %d", body[max(0, len(body)-60):], len(body), want[len(want)-60:], len(want))
				}
			}
		}
	})
}
