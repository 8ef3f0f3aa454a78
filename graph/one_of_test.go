package graph_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
)

// An @oneOf input object must have exactly one field, in the document and in variables.
func TestOneOf(t *testing.T) {
	s := dbtest.NewSQLite(t)
	fixture := newCourseFixture(t, s, 1001, 1, "one")
	c := startServer(t, s).withKey(t, s, fixture.course.MomotorID)
	const rejected = "GRAPHQL_VALIDATION_FAILED"
	evaluate := fmt.Sprintf("mutation($e: Evaluation!) { evaluateResults(assignment: {path: {accountMomotorId: %d, courseCanvasId: 1001, canvasId: 1501}}, evaluate: $e) { queued } }", fixture.account.MomotorID)
	byReference := "mutation($a: AssignmentReference!) { refreshAssignment(assignment: $a) { assignment { id } } }"
	type object = map[string]any
	for _, tt := range []struct {
		document  string
		variables object
		want      string
	}{
		{evaluate, object{"e": object{}}, rejected},
		{evaluate, object{"e": object{"scope": nil}}, rejected},
		{evaluate, object{"e": object{"scope": "LATEST", "results": nil}}, rejected},
		{evaluate, object{"e": object{"scope": "LATEST", "results": []int{1}}}, rejected},
		{evaluate, object{"e": object{"results": []int{99}}}, "BAD_USER_INPUT"},
		{byReference, object{"a": object{"id": "x", "path": nil}}, rejected},
		{byReference, object{"a": object{"id": "x"}}, "NOT_FOUND"},
		{"mutation($i: AssignmentChange!) { updateAssignment(assignment: {id: \"x\"}, input: $i) { queued } }", object{"i": object{"evaluate": object{}}}, rejected},
		{"mutation($s: EvaluationScope) { evaluateResults(assignment: {id: \"x\"}, evaluate: {scope: $s}) { queued } }", object{"s": "LATEST"}, rejected},
		{"mutation { refreshAssignment(assignment: {}) { assignment { id } } }", nil, rejected},
	} {
		if _, body := c.post(t, tt.document, tt.variables); !bytes.Contains(body, []byte(`"code":"`+tt.want+`"`)) {
			t.Errorf("%s with %v = %s, want the code %s", tt.document, tt.variables, body, tt.want)
		}
	}
	var schema struct {
		Reference struct{ IsOneOf bool }
	}
	c.query(t, `{ reference: __type(name: "AssignmentReference") { isOneOf } }`, nil, &schema)
	if !schema.Reference.IsOneOf {
		t.Error("introspection reports that AssignmentReference is not @oneOf")
	}
}
