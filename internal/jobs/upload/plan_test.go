package upload

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/canvas"
)

// An excused member of a group never gets a grade, and does not keep the others from theirs, even
// if Canvas still has a grade of the member.
func TestExcusedMember(t *testing.T) {
	const group, excused, other = 3, 1, 2
	for _, replace := range []bool{false, true} {
		p := planner{
			upload:     &db.ScoreUpload{Passed: true, ReplaceExisting: replace},
			assignment: canvas.Assignment{GradingType: canvas.Points, GroupCategoryID: 7},
			scores:     []*db.UploadScore{{UserID: 20, UserCanvasID: other, State: db.StateDone, Accepted: new(true), Score: new(8.0), InSection: true}},
			canvasGrades: map[canvas.ID]canvasGrade{
				excused: {student: excused, group: group, excused: true, score: new(3.0), grade: "3"},
				other:   {student: other, group: group},
			},
			userIDs: map[canvas.ID]int64{excused: 10, other: 20},
		}
		plan := p.makePlan()
		var got []string
		for _, o := range plan.unsent {
			got = append(got, fmt.Sprintf("%d %s %s", o.UserID, o.State, *o.Reason))
		}
		for _, b := range plan.batches {
			got = append(got, fmt.Sprintf("grade %s for student %d", b.grade, b.student))
		}
		want := []string{"10 " + string(db.ScoreKept) + " " + reasonExcused, "grade 8 for student 2"}
		if !slices.Equal(got, want) {
			t.Errorf("replacing grades %t: the plan is\n%s\nwant\n%s", replace, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}
