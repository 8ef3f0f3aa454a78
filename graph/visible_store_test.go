package graph_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/query"
)

// storeRows are the rows of a store.
type storeRows struct {
	accounts    []*db.Account
	courses     []*db.Course
	sections    []*db.Section
	users       []*db.User
	enrollments []*db.Enrollment
	assignments []*db.Assignment
	bundles     []*db.Bundle
	revisions   []*db.Revision
	results     []*db.Result
	members     []*db.Member
	steps       []*db.Step
	uploads     []*db.ScoreUpload
	outcomes    []*db.ScoreOutcome
	preferences []*db.Preferences
	keys        []*db.APIKey
	keyCourses  map[int64][]int64
	sessions    []*db.Session
}

// write writes the rows to an empty store, with their ids and without the code that imports rows. The versions
// of courses do not depend on the other rows.
func (d *storeRows) write(t *testing.T, s *db.Store) {
	t.Helper()
	err := s.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		for _, insert := range []func() error{
			inserter(ctx, tx, d.accounts), inserter(ctx, tx, d.courses), inserter(ctx, tx, d.sections), inserter(ctx, tx, d.users),
			inserter(ctx, tx, d.enrollments), inserter(ctx, tx, d.assignments), inserter(ctx, tx, d.results), inserter(ctx, tx, d.members),
			inserter(ctx, tx, d.steps), inserter(ctx, tx, d.bundles), inserter(ctx, tx, d.revisions), inserter(ctx, tx, d.uploads),
			inserter(ctx, tx, d.outcomes), inserter(ctx, tx, d.preferences), inserter(ctx, tx, d.keys), inserter(ctx, tx, d.sessions),
		} {
			if err := insert(); err != nil {
				return err
			}
		}
		for _, k := range d.keys {
			if _, err := db.SetKeyCourses(ctx, tx, &db.APIKeyItem{Key: *k, Courses: d.keyCourses[k.MomotorID]}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Exec(t, s, "UPDATE course_version SET version = 1000 + course_id")
	dbtest.Exec(t, s, "UPDATE counter SET value = 500 WHERE name = 'directory'")
	dbtest.Exec(t, s, "UPDATE pseudonym SET number = 5000000 + (user_id * 7919) % 1000003")
}

func inserter[T any](ctx context.Context, tx bun.Tx, rows []*T) func() error {
	return func() error {
		for _, row := range rows { // one by one, because bun omits the columns that are null in the first row
			if err := query.Insert(ctx, tx, []*T{row}); err != nil {
				return fmt.Errorf("insert %T: %w", row, err)
			}
		}
		return nil
	}
}

// A storeMaker makes random rows.
type storeMaker struct {
	*rand.Rand
	storeRows
	lastID int64
}

// randomRows returns the rows of a random store. Every text is unique, so that a response that has it shows
// where it comes from. The ids are those that existingObjects has.
func randomRows(seed uint64) *storeRows {
	m := &storeMaker{Rand: rand.New(rand.NewPCG(seed, 1))}
	m.addAccount("guidone", 1001, 1002)
	m.addAccount("guidtwo", 2001)
	return &m.storeRows
}

func (m *storeMaker) id() int64 { m.lastID++; return m.lastID }

func (m *storeMaker) chance(p float64) bool { return m.Float64() < p }

func (m *storeMaker) text(kind string) string { return fmt.Sprintf("%s %d", kind, m.id()) }

// maybe returns a pointer to a value or, with the probability p of null, nil.
func maybe[T any](m *storeMaker, p float64, v T) *T {
	if m.chance(p) {
		return nil
	}
	return &v
}

// addAccount adds an account with people and courses.
func (m *storeMaker) addAccount(guid string, courses ...int64) {
	a := &db.Account{MomotorID: m.id(), CanvasGUID: guid, BaseURL: "https://" + guid + ".example", Name: m.text("account")}
	m.accounts = append(m.accounts, a)
	var people []*db.User
	for i := range 7 {
		name := m.text("person")
		people = append(people, &db.User{
			MomotorID: m.id(), AccountID: a.MomotorID, CanvasID: courses[0]*1000 + int64(i), Name: name, SortableName: fmt.Sprint(m.IntN(9), name), LoginID: maybe(m, .3, m.text("login")),
		})
	}
	m.users = append(m.users, people...)
	for _, canvasID := range courses {
		m.addCourse(a, canvasID, people)
	}
}

func (m *storeMaker) addCourse(a *db.Account, canvasID int64, people []*db.User) {
	c := &db.Course{
		MomotorID: m.id(), AccountID: a.MomotorID, CanvasID: canvasID, Code: m.text("code"), Name: m.text("course"),
		Active: m.chance(.5), Valid: m.chance(.5), ReadOnly: m.chance(.3),
	}
	m.courses = append(m.courses, c)
	var sections []*db.Section
	for i := range 2 {
		sections = append(sections, &db.Section{MomotorID: m.id(), AccountID: a.MomotorID, CourseID: c.MomotorID, CanvasID: canvasID*10 + int64(i), Name: m.text("section")})
	}
	m.sections = append(m.sections, sections...)
	var members []*db.User
	for _, u := range people {
		if m.chance(.75) {
			members = append(members, u)
			m.enroll(c, u, sections)
		}
	}
	for i := range 3 {
		m.addAssignment(c, canvasID+500+int64(i), members, people, sections)
	}
	for _, u := range people {
		if m.chance(.5) {
			m.preferences = append(m.preferences, &db.Preferences{CourseID: c.MomotorID, UserID: u.MomotorID, Value: []byte(`{"kept":"` + m.text("preference") + `"}`)})
		}
	}
}

// enroll gives a person one or two roles, mostly that of a student.
func (m *storeMaker) enroll(c *db.Course, u *db.User, sections []*db.Section) {
	roles := []db.Role{db.RoleStudent, db.RoleStudent, db.RoleStudent, db.RoleTA, db.RoleDesigner, db.RoleTeacher}
	seen := map[db.Role]bool{}
	for range 1 + m.IntN(2) {
		role := roles[m.IntN(len(roles))]
		if seen[role] {
			continue
		}
		seen[role] = true
		m.enrollments = append(m.enrollments, &db.Enrollment{
			CourseID: c.MomotorID, UserID: u.MomotorID, Role: role, SectionID: maybe(m, .3, sections[m.IntN(len(sections))].MomotorID),
		})
	}
}

// time returns a time in the day before noon of the fixtures.
func (m *storeMaker) time() time.Time {
	return dbtest.Noon.Add(-time.Duration(m.IntN(60*24)) * time.Minute)
}

// addAssignment adds an assignment with results of the members and, rarely, of other people.
func (m *storeMaker) addAssignment(c *db.Course, canvasID int64, members, people []*db.User, sections []*db.Section) {
	a := &db.Assignment{
		CourseID: c.MomotorID, MomotorID: m.id(), CanvasID: canvasID, Name: m.text("assignment"), Active: m.chance(.3), Published: m.chance(.6), Paused: m.chance(.2),
		Revision: maybe(m, .2, 1), PointsPossible: maybe(m, .5, 10.0), DueAt: maybe(m, .5, m.time()),
	}
	m.assignments = append(m.assignments, a)
	if a.Revision != nil {
		recipe, config := m.addBundle(c, db.BundleRecipe, nil), m.addBundle(c, db.BundleConfig, nil)
		m.revisions = append(m.revisions, &db.Revision{CourseID: c.MomotorID, AssignmentID: a.MomotorID, Number: 1, RecipeID: &recipe.MomotorID, ConfigID: &config.MomotorID, CreatedAt: m.time()})
	}
	for _, u := range people {
		isMember := false
		for _, o := range members {
			isMember = isMember || o == u
		}
		if !m.chance(map[bool]float64{true: .7, false: .15}[isMember]) {
			continue
		}
		attempts := 1 + m.IntN(3)
		for attempt := 1; attempt <= attempts; attempt++ {
			m.addResult(a, u, attempt, attempt == attempts, people)
		}
	}
	if m.chance(.6) {
		m.addUpload(a, members, sections)
	}
}

func (m *storeMaker) addBundle(c *db.Course, kind db.BundleKind, result *int64) *db.Bundle {
	b := &db.Bundle{
		CourseID: c.MomotorID, MomotorID: m.id(), Kind: kind, ResultID: result, Format: db.FormatXML, Name: m.text("file") + ".xml",
		SHA256: maybe(m, .2, fmt.Sprintf("%064d", m.id())), Size: 10, CreatedAt: m.time(),
	}
	m.bundles = append(m.bundles, b)
	return b
}

func (m *storeMaker) addResult(a *db.Assignment, u *db.User, attempt int, isLatest bool, people []*db.User) {
	states := []db.ResultState{db.StateDone, db.StateDone, db.StateDone, db.StateQueued, db.StateProcessing, db.StatePaused}
	r := &db.Result{
		CourseID: a.CourseID, MomotorID: m.id(), AssignmentID: a.MomotorID, UserID: u.MomotorID, Attempt: attempt, IsLatest: isLatest, IsLate: m.chance(.3),
		SequenceID: m.id(), Revision: maybe(m, .5, 1), State: states[m.IntN(len(states))], Secret: maybe(m, .5, m.chance(.4)),
		SubmittedAt: m.time(), QueuedAt: maybe(m, .5, m.time()), Label: maybe(m, .2, m.text("label")), Summary: maybe(m, .2, m.text("summary")), PreviewURL: maybe(m, .5, m.text("preview")),
	}
	if r.State == db.StateDone || m.chance(.3) {
		r.Accepted, r.HasError = maybe(m, .1, m.chance(.5)), maybe(m, .2, m.chance(.3))
		r.Score, r.ScoreReviewer = maybe(m, .2, float64(m.IntN(10))), maybe(m, .6, float64(m.IntN(10))+.5)
		r.StartedAt, r.ProcessedAt = maybe(m, .2, m.time()), maybe(m, .2, m.time())
	}
	m.results = append(m.results, r)
	if m.chance(.3) {
		group := map[int64]bool{u.MomotorID: true, people[m.IntN(len(people))].MomotorID: true, people[m.IntN(len(people))].MomotorID: true}
		for _, p := range people {
			if group[p.MomotorID] {
				m.members = append(m.members, &db.Member{CourseID: r.CourseID, ResultID: r.MomotorID, UserID: p.MomotorID})
			}
		}
	}
	for i, taskID := range []string{"run.0", "run.1", "finalize"} {
		if m.chance(.7) {
			m.steps = append(m.steps, m.step(r, i, taskID))
		}
	}
	course := &db.Course{MomotorID: r.CourseID}
	for _, kind := range []db.BundleKind{db.BundleProduct, db.BundleFull, db.BundleBasic} {
		if m.chance(.4) {
			m.addBundle(course, kind, &r.MomotorID)
		}
	}
}

func (m *storeMaker) step(r *db.Result, i int, taskID string) *db.Step {
	outcomes := []db.StepOutcome{db.OutcomePass, db.OutcomeFail, db.OutcomeSkip, db.OutcomeError}
	return &db.Step{
		CourseID: r.CourseID, ResultID: r.MomotorID, Position: i / 2, Task: i % 2, TaskID: taskID, StepID: taskID[:3], Accepted: m.chance(.5),
		HasError: maybe(m, .5, m.chance(.5)), Secret: maybe(m, .5, m.chance(.4)), Hidden: m.chance(.2), Outcome: maybe(m, .2, outcomes[m.IntN(4)]),
		Score: maybe(m, .3, float64(m.IntN(5))), MaxScore: maybe(m, .3, 5.0), Label: maybe(m, .3, m.text("step label")), Summary: maybe(m, .3, m.text("step summary")),
		Details: []byte(`{"report":"` + m.text("details") + `"}`),
	}
}

func (m *storeMaker) addUpload(a *db.Assignment, members []*db.User, sections []*db.Section) {
	u := &db.ScoreUpload{
		CourseID: a.CourseID, MomotorID: m.id(), AssignmentID: a.MomotorID, SectionID: maybe(m, .5, sections[0].MomotorID), Passed: true, Failed: m.chance(.5),
		State: db.UploadFailed, Failure: new(m.text("failure")), CreatedAt: m.time(), StartedAt: maybe(m, 0, m.time()), EndedAt: maybe(m, 0, m.time()),
	}
	m.uploads = append(m.uploads, u)
	for _, p := range members {
		if m.chance(.4) {
			m.outcomes = append(m.outcomes, &db.ScoreOutcome{CourseID: u.CourseID, UploadID: u.MomotorID, UserID: p.MomotorID, State: db.ScoreRefused, Grade: maybe(m, .3, "5"), Reason: maybe(m, .3, m.text("reason"))})
		}
	}
}
