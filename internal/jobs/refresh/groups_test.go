package refresh_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
)

// A groupFixture is a fixture with four students, who join groups and submit one event after
// another. It records the texts that each student submitted, alone or in a group.
type groupFixture struct {
	*fixture
	ids    map[string]int64
	groups map[string]int64    // the current group of each student
	texts  map[string][]string // submitted by each student
	now    time.Time
}

func newGroupFixture(t *testing.T, s *db.Store) *groupFixture {
	t.Helper()
	fx := newFixture(t, s, canvastest.Assignment{Name: "Loops", GroupCategory: 7})
	names := []string{"anna", "bob", "carl", "dora"}
	gf := &groupFixture{fixture: fx, ids: map[string]int64{}, groups: map[string]int64{}, texts: map[string][]string{}, now: testTime.Add(-99 * time.Hour)}
	for i, id := range fx.addStudents("A", names...) {
		gf.ids[names[i]] = id
	}
	return gf
}

// runEvent runs one event, an hour after the previous event: “anna+bob” makes a group, “anna joins
// bob” and “anna leaves” change the group of anna, “bob: text” submits a file and “bob> text”
// submits a text entry. An event that starts with “and” happens at the same time as the previous
// event.
func (gf *groupFixture) runEvent(event string) {
	event, simultaneous := strings.CutPrefix(event, "and ")
	if !simultaneous {
		gf.now = gf.now.Add(time.Hour)
	}
	words := strings.Fields(event)
	name := strings.TrimRight(words[0], ":>")
	switch members := strings.Split(name, "+"); {
	case len(members) > 1:
		var ids []int64
		for _, m := range members {
			ids = append(ids, gf.ids[m])
		}
		group := gf.AddGroup(7, name, ids...)
		for _, m := range members {
			gf.groups[m] = group
		}
	case words[1] == "joins":
		gf.groups[name] = gf.groups[words[2]]
		gf.AddGroupMember(gf.groups[name], gf.ids[name])
	case words[1] == "leaves":
		gf.RemoveGroupMember(gf.groups[name], gf.ids[name])
		delete(gf.groups, name)
	default:
		isTextEntry := strings.HasSuffix(words[0], ">")
		gf.submitText(name, words[1], isTextEntry)
	}
}

// submitText submits a text as a text entry or as a file.
func (gf *groupFixture) submitText(submitter, text string, isTextEntry bool) {
	if isTextEntry {
		gf.SubmitText(gf.ids[submitter], gf.assignment, gf.now, text)
	} else {
		gf.Submit(gf.ids[submitter], gf.assignment, gf.now, canvastest.File{Name: "submission.html", Content: []byte(text)})
	}
	for name := range gf.ids {
		if name == submitter || gf.groups[submitter] != 0 && gf.groups[name] == gf.groups[submitter] {
			gf.texts[name] = append(gf.texts[name], text)
		}
	}
}

// storedTexts returns the texts of products by the name of the student, for a query that returns
// names and digests.
func (gf *groupFixture) storedTexts(t *testing.T, query string) map[string][]string {
	t.Helper()
	texts := map[string][]string{}
	for _, line := range gf.queryLines(t, query) {
		name, digest, _ := strings.Cut(line, "/")
		text := strings.TrimPrefix(gf.readProduct(t, digest), "[submission.html=")
		texts[name] = append(texts[name], strings.TrimSuffix(text, "]"))
	}
	return texts
}

// Each student has exactly one result for each submission, even if groups change. The score of
// the latest result counts, and a second refresh creates no results. A refresh after each event
// and a single refresh at the end have the same effect.
func TestRefreshGroups(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		for _, tt := range []struct {
			name    string
			events  string
			results int // with a refresh after each event
		}{
			{"one group from the start", "anna+bob; bob: 1; anna: 2; carl: 3", 3},
			{"one member joins later", "anna+bob; anna: 1; carl joins bob; carl: 2; bob: 3", 3},
			{"submissions before the group", "anna: 1; bob: 2; bob: 3; anna+bob; bob: 4; anna: 5", 5},
			{"simultaneous submissions before the group", "anna: 1; and bob: 2; anna+bob; and bob: 3", 3},
			{"one member leaves and returns", "anna+bob; bob: 1; anna leaves; anna: 2; bob: 3; anna joins bob; anna: 4", 4},
			{"the submitter leaves", "anna+bob+carl; anna: 1; anna leaves; anna: 2; bob: 3", 3},
			{"the other member leaves", "anna+bob; anna: 1; bob leaves", 1},
			{"members change groups", "anna+bob; carl+dora; bob: 1; carl: 2; bob leaves; carl leaves; bob joins dora; carl joins anna; dora: 3; anna: 4", 4},
			{"equal texts before the group", "anna> 1; bob> 1; bob> 1; anna+bob", 3},
			{"equal texts with and without the group", "anna+bob; anna> 1; bob> 1; bob leaves; bob> 1; bob joins anna; bob> 1", 4},
		} {
			for _, refreshEach := range []bool{true, false} {
				name := map[bool]string{true: tt.name + ", refreshed after each event", false: tt.name + ", refreshed once"}[refreshEach]
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					gf := newGroupFixture(t, s)
					for event := range strings.SplitSeq(tt.events, "; ") {
						gf.runEvent(event)
						if refreshEach {
							gf.checkRefresh(t)
						}
					}
					gf.checkRefresh(t)
					if n := len(gf.queryLines(t, "SELECT 'one' FROM result WHERE course_id = $course")); refreshEach && n != tt.results {
						t.Errorf("there are %d results, want %d", n, tt.results)
					}
				})
			}
		}
	})
}

// checkRefresh refreshes twice, and compares the results with the texts that were submitted.
func (gf *groupFixture) checkRefresh(t *testing.T) {
	t.Helper()
	if err := gf.refresh(t); err != nil {
		t.Fatal(err)
	}
	sequence := gf.maxSequenceID(t)
	if err := gf.refresh(t); err != nil || gf.maxSequenceID(t) != sequence {
		t.Errorf("the second refresh returned %v, or changed results", err)
	}
	stored := gf.storedTexts(t, `SELECT usr.name || '/' || bun.sha256 FROM result AS res
		JOIN bundle AS bun ON bun.course_id = res.course_id AND bun.result_id = res.id AND bun.kind = 'PRODUCT'
		JOIN "user" AS usr ON usr.id = res.user_id OR usr.id IN (SELECT mem.user_id FROM result_member AS mem WHERE mem.course_id = res.course_id AND mem.result_id = res.id)
		WHERE res.course_id = $course ORDER BY usr.name, res.submitted_at`)
	if !maps.EqualFunc(stored, gf.texts, slices.Equal) {
		t.Errorf("the students have results of %q, want %q", stored, gf.texts)
	}
	if owners := gf.queryLines(t, `SELECT usr.name FROM result AS res JOIN "user" AS usr ON usr.id = res.user_id WHERE res.course_id = $course
		AND EXISTS (SELECT 1 FROM result_member AS mem WHERE mem.course_id = res.course_id AND mem.result_id = res.id)
		AND NOT EXISTS (SELECT 1 FROM result_member AS mem WHERE mem.course_id = res.course_id AND mem.result_id = res.id AND mem.user_id = res.user_id)`); len(owners) > 0 {
		t.Errorf("%q own results of groups and are not among the members", owners)
	}
	scores, err := gf.Store.ListUploadScores(t.Context(), &db.ScoreUpload{CourseID: gf.key.CourseID, AssignmentID: gf.key.ID})
	if err != nil {
		t.Fatal(err)
	}
	for _, score := range scores {
		for name, id := range gf.ids {
			if id != score.UserCanvasID {
				continue
			}
			if texts := gf.texts[name]; score.Attempt != len(texts) {
				t.Errorf("attempt %[2]d of %[1]s counts, want the last of %[3]q", name, score.Attempt, texts)
			}
		}
	}
	if len(scores) != len(gf.texts) {
		t.Errorf("%d students have a result that counts, want %d", len(scores), len(gf.texts))
	}
}

// A student who was not enrolled when the group submitted gets the result after enrolling again.
func TestRefreshReturningMember(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		gf := newGroupFixture(t, s)
		gf.runEvent("anna+bob+carl")
		gf.Unenroll(gf.ids["bob"], gf.course)
		gf.runEvent("anna: 1")
		if err := gf.refresh(t); err != nil {
			t.Fatal(err)
		}
		gf.Enroll(gf.ids["bob"], gf.AddSection(gf.course, canvastest.Section{Name: "B"}))
		gf.checkRefresh(t)
	})
}
