package canvastest

import (
	"slices"
	"time"
)

// state is the data of a Canvas.
type state struct {
	courses     map[int64]*course
	sections    map[int64]*section
	users       map[int64]*user
	enrollments []*enrollment
	assignments map[int64]*assignment
	submissions map[submissionKey]*submission
	groups      map[int64][]*group // by category
	attachments map[int64]*attachment
	jobs        map[int64]*job
}

func newState() state {
	return state{
		courses:     map[int64]*course{},
		sections:    map[int64]*section{},
		users:       map[int64]*user{},
		assignments: map[int64]*assignment{},
		submissions: map[submissionKey]*submission{},
		groups:      map[int64][]*group{},
		attachments: map[int64]*attachment{},
		jobs:        map[int64]*job{},
	}
}

type course struct {
	Course
	deleted, forbidden bool
	jobQueue           []*job // jobs that have not ended, in order
	lastEnd            time.Time
}

type section struct {
	Section
	course *course
}

type user struct{ User }

type enrollment struct {
	id      int64
	section *section
	user    *user
	kind    string
	state   string
	at      time.Time
}

type assignment struct {
	Assignment
	course  *course
	deleted bool
}

// A submissionKey identifies a submission.
type submissionKey struct{ assignment, user int64 }

type submission struct {
	id       int64
	attempts []attempt
	grade    grade
	comments []comment
}

type attempt struct {
	at    time.Time
	kind  string // online_upload, online_text_entry or online_url
	files []*attachment
	body  string
	url   string
	grade grade // before the next attempt
}

type grade struct {
	score   *float64
	text    string
	excused bool
	state   string // unsubmitted, submitted or graded
	at      time.Time
	grader  int64
	stale   bool // whether there is a newer attempt
	changes int
}

type comment struct {
	id, authorID int64
	text         string
	at           time.Time
}

type group struct {
	id      int64
	name    string
	members []int64
}

type attachment struct {
	id       int64
	file     File
	verifier string
	at       time.Time
}

// students returns the students of a course, or of one section, by id.
func (st *state) students(c *course, sec *section) []int64 {
	var ids []int64
	for _, e := range st.enrollments {
		if e.kind == Student && e.state == "active" && e.section.course == c && (sec == nil || e.section == sec) {
			ids = append(ids, e.user.ID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// groupOf returns the group of a student for an assignment, or nil.
func (st *state) groupOf(a *assignment, user int64) *group {
	for _, g := range st.groups[a.GroupCategory] {
		if slices.Contains(g.members, user) {
			return g
		}
	}
	return nil
}

// findSubmission returns the submission of a student. Every student has one.
func (s *Server) findSubmission(a *assignment, user int64) *submission {
	key := submissionKey{a.ID, user}
	if s.state.submissions[key] == nil {
		s.state.submissions[key] = &submission{id: s.nextID(), grade: grade{state: "unsubmitted"}}
	}
	return s.state.submissions[key]
}
