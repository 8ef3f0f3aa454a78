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

// A team are students who are put into groups and hand in, an hour after each other. It
// knows what each of them has handed in, alone or with others.
type team struct {
	*village
	ids    map[string]int64
	groups map[string]int64 // the one that somebody is in
	did    map[string][]string
	at     time.Time
}

func newTeam(t *testing.T, s *db.Store) *team {
	t.Helper()
	v := newVillage(t, s, canvastest.Assignment{Name: "Loops", GroupCategory: 7})
	names := []string{"anna", "bob", "carl", "dora"}
	tm := &team{village: v, ids: map[string]int64{}, groups: map[string]int64{}, did: map[string][]string{}, at: lunch.Add(-99 * time.Hour)}
	for i, id := range v.students("A", names...) {
		tm.ids[names[i]] = id
	}
	return tm
}

// A deed is a line of a story: “anna+bob” are a group from now on, “anna joins bob”, “anna
// leaves”, “bob: text” is a file, “bob> text” is typed, and “and” is in the same moment.
func (tm *team) deed(line string) {
	line, atOnce := strings.CutPrefix(line, "and ")
	if !atOnce {
		tm.at = tm.at.Add(time.Hour)
	}
	words := strings.Fields(line)
	who := strings.TrimRight(words[0], ":>")
	switch members := strings.Split(who, "+"); {
	case len(members) > 1:
		var ids []int64
		for _, m := range members {
			ids = append(ids, tm.ids[m])
		}
		group := tm.AddGroup(7, who, ids...)
		for _, m := range members {
			tm.groups[m] = group
		}
	case words[1] == "joins":
		tm.groups[who] = tm.groups[words[2]]
		tm.AddGroupMember(tm.groups[who], tm.ids[who])
	case words[1] == "leaves":
		tm.RemoveGroupMember(tm.groups[who], tm.ids[who])
		delete(tm.groups, who)
	default:
		tm.hand(who, words[1], strings.HasSuffix(words[0], ">"))
	}
}

func (tm *team) hand(who, text string, typed bool) {
	if typed {
		tm.SubmitText(tm.ids[who], tm.assignment, tm.at, text)
	} else {
		tm.Submit(tm.ids[who], tm.assignment, tm.at, canvastest.File{Name: "submission.html", Content: []byte(text)})
	}
	for name := range tm.ids {
		if name == who || tm.groups[who] != 0 && tm.groups[name] == tm.groups[who] {
			tm.did[name] = append(tm.did[name], text)
		}
	}
}

// each gives by name what a query of names and digests of products has.
func (tm *team) each(t *testing.T, query string) map[string][]string {
	t.Helper()
	has := map[string][]string{}
	for _, line := range tm.rows(t, query) {
		name, digest, _ := strings.Cut(line, "/")
		text := strings.TrimPrefix(tm.unpack(t, digest), "[submission.html=")
		has[name] = append(has[name], strings.TrimSuffix(text, "]"))
	}
	return has
}

// Whatever groups become, everybody has a result of each thing that they handed in, and none
// of what others did; the last one counts; and what was taken in is not taken in again. It
// makes no difference whether that was looked at after each change or once.
func TestRefreshGroups(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		for _, tt := range []struct {
			name    string
			deeds   string
			results int // when it is looked at after each change
		}{
			{"together", "anna+bob; bob: 1; anna: 2; carl: 3", 3},
			{"one joins later", "anna+bob; anna: 1; carl joins bob; carl: 2; bob: 3", 3},
			{"alone before", "anna: 1; bob: 2; bob: 3; anna+bob; bob: 4; anna: 5", 5},
			{"alone before, in the same moment", "anna: 1; and bob: 2; anna+bob; and bob: 3", 3},
			{"alone between", "anna+bob; bob: 1; anna leaves; anna: 2; bob: 3; anna joins bob; anna: 4", 4},
			{"the one who hands in leaves", "anna+bob+carl; anna: 1; anna leaves; anna: 2; bob: 3", 3},
			{"the other one leaves", "anna+bob; anna: 1; bob leaves", 1},
			{"another mate", "anna+bob; carl+dora; bob: 1; carl: 2; bob leaves; carl leaves; bob joins dora; carl joins anna; dora: 3; anna: 4", 4},
			{"the same text alone", "anna> 1; bob> 1; bob> 1; anna+bob", 3},
			{"the same text again and again", "anna+bob; anna> 1; bob> 1; bob leaves; bob> 1; bob joins anna; bob> 1", 4},
		} {
			for _, often := range []bool{true, false} {
				name := map[bool]string{true: tt.name + ", looked at each time", false: tt.name + ", looked at once"}[often]
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					tm := newTeam(t, s)
					for deed := range strings.SplitSeq(tt.deeds, "; ") {
						tm.deed(deed)
						if often {
							tm.look(t)
						}
					}
					tm.look(t)
					if n := len(tm.rows(t, "SELECT 'one' FROM result WHERE course_id = $course")); often && n != tt.results {
						t.Errorf("there are %d results, want %d", n, tt.results)
					}
				})
			}
		}
	})
}

// look refreshes twice, and holds what is there against what everybody did.
func (tm *team) look(t *testing.T) {
	t.Helper()
	if err := tm.refresh(t); err != nil {
		t.Fatal(err)
	}
	sequence := tm.sequence(t)
	if err := tm.refresh(t); err != nil || tm.sequence(t) != sequence {
		t.Errorf("once more changes something: %v", err)
	}
	has := tm.each(t, `SELECT u.name || '/' || b.sha256 FROM result AS r
		JOIN bundle AS b ON b.course_id = r.course_id AND b.result_id = r.id AND b.kind = 'PRODUCT'
		JOIN "user" AS u ON u.id = r.user_id OR u.id IN (SELECT m.user_id FROM result_member AS m WHERE m.course_id = r.course_id AND m.result_id = r.id)
		WHERE r.course_id = $course ORDER BY u.name, r.submitted_at`)
	if !maps.EqualFunc(has, tm.did, slices.Equal) {
		t.Errorf("they have results of %q, want %q", has, tm.did)
	}
	scores, err := tm.Store.ListUploadScores(t.Context(), &db.ScoreUpload{CourseID: tm.key.CourseID, AssignmentID: tm.key.ID})
	if err != nil {
		t.Fatal(err)
	}
	for _, sc := range scores {
		for name, id := range tm.ids {
			if id != sc.UserCanvasID {
				continue
			}
			if did := tm.did[name]; sc.Attempt != len(did) {
				t.Errorf("of %s counts attempt %d, want the last of %q", name, sc.Attempt, did)
			}
		}
	}
	if len(scores) != len(tm.did) {
		t.Errorf("%d students have a result that counts, want %d", len(scores), len(tm.did))
	}
}

// Who was away when the others handed in has their result too, once they are back.
func TestRefreshGroupBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		tm := newTeam(t, s)
		tm.deed("anna+bob+carl")
		tm.Unenroll(tm.ids["bob"], tm.course)
		tm.deed("anna: 1")
		if err := tm.refresh(t); err != nil {
			t.Fatal(err)
		}
		tm.Enroll(tm.ids["bob"], tm.AddSection(tm.course, canvastest.Section{Name: "B"}))
		tm.look(t)
	})
}
