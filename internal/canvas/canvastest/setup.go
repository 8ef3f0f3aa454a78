package canvastest

import (
	"fmt"
	"slices"
	"time"
)

// The types of enrolments.
const (
	Student  = "StudentEnrollment"
	Teacher  = "TeacherEnrollment"
	TA       = "TaEnrollment"
	Designer = "DesignerEnrollment"
)

// A Course is a course to add. With ID 0 the fake chooses the id; zero times are null.
type Course struct {
	ID         int64
	Name, Code string
	Start, End time.Time
}

// A Section is a section to add. With ID 0 the fake chooses the id.
type Section struct {
	ID   int64
	Name string
}

// A User is a user to add. With ID 0 the fake chooses the id.
type User struct {
	ID                         int64
	Name, Sortable, Login, SIS string
}

// Assignment is an assignment to add. An ID of 0 leaves it to the fake; zero times are null.
type Assignment struct {
	ID                int64
	Name              string
	Due, Unlock, Lock time.Time
	Points            float64
	Grading           string   // points, percent, pass_fail, letter_grade or not_graded; empty is points
	Types             []string // none is online_upload
	GroupCategory     int64    // a number of the caller's choice, to be used with Group
	Individually      bool     // group members are graded one by one
	Unpublished       bool
	PostManually      bool
}

// File is a file that a student hands in.
type File struct {
	Name, Type string
	Content    []byte
}

// AddCourse adds a course and gives its id.
func (s *Server) AddCourse(c Course) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.ID = s.idOrNext(c.ID)
	s.state.courses[c.ID] = &course{Course: c}
	return c.ID
}

// AddSection adds a section to a course and gives its id.
func (s *Server) AddSection(course int64, sec Section) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	sec.ID = s.idOrNext(sec.ID)
	s.state.sections[sec.ID] = &section{Section: sec, course: must(s.state.courses, course)}
	return sec.ID
}

// AddUser adds somebody and gives their id.
func (s *Server) AddUser(u User) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	u.ID = s.idOrNext(u.ID)
	s.state.users[u.ID] = &user{u}
	return u.ID
}

// Enrol makes somebody a student in a section.
func (s *Server) Enrol(user, section int64) { s.EnrolAs(user, section, Student) }

// EnrolAs enrols somebody in a section with a type.
func (s *Server) EnrolAs(user, section int64, kind string) { s.enrol(user, section, kind, "active") }

// Invite invites somebody to be a student in a section. Until they accept, which they do
// not, they are none.
func (s *Server) Invite(user, section int64) { s.enrol(user, section, Student, "invited") }

func (s *Server) enrol(user, section int64, kind, state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.enrolments = append(s.state.enrolments, &enrolment{
		id: s.nextID(), section: must(s.state.sections, section), user: must(s.state.users, user),
		kind: kind, state: state, at: s.now(),
	})
}

// AddStudent adds somebody and enrols them in a section.
func (s *Server) AddStudent(section int64, u User) int64 {
	id := s.AddUser(u)
	s.Enrol(id, section)
	return id
}

// Unenrol ends all enrolments of somebody in a course: they are deleted, not inactive.
func (s *Server) Unenrol(user, course int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.state.enrolments {
		if e.user.ID == user && e.section.course.ID == course {
			e.state = "deleted"
		}
	}
}

// AddAssignment adds an assignment to a course and gives its id.
func (s *Server) AddAssignment(course int64, a Assignment) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	a.ID = s.idOrNext(a.ID)
	if a.Grading == "" {
		a.Grading = "points"
	}
	if a.Types == nil {
		a.Types = []string{"online_upload"}
	}
	s.state.assignments[a.ID] = &assignment{Assignment: a, course: must(s.state.courses, course)}
	return a.ID
}

// Group makes students a group in a category of groups, and gives its id.
func (s *Server) Group(category int64, name string, members ...int64) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := &group{s.nextID(), name, members}
	s.state.groups[category] = append(s.state.groups[category], g)
	return g.id
}

// Join makes somebody a member of a group too. What its members handed in before stays theirs.
func (s *Server) Join(group, user int64) {
	s.regroup(group, func(members []int64) []int64 { return append(members, user) })
}

// Leave ends somebody's being a member of a group. What they handed in stays theirs.
func (s *Server) Leave(group, user int64) {
	s.regroup(group, func(members []int64) []int64 {
		return slices.DeleteFunc(members, func(m int64) bool { return m == user })
	})
}

func (s *Server) regroup(group int64, change func([]int64) []int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, category := range s.state.groups {
		for _, g := range category {
			if g.id == group {
				g.members = change(slices.Clone(g.members))
				return
			}
		}
	}
	panic(fmt.Sprintf("canvastest: %d was not added as a group", group))
}

// Submit hands in files for a student, and for their group, and gives the number of the
// attempt. A grade that was given before stays, marked as of an earlier attempt.
func (s *Server) Submit(user, assignment int64, at time.Time, files ...File) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	made := attempt{at: at, kind: "online_upload"}
	for _, f := range files {
		id := s.nextID()
		made.files = append(made.files, &attachment{id, f, fmt.Sprintf("verifier-%x", id*2654435761), at})
		s.state.attachments[id] = made.files[len(made.files)-1]
	}
	return s.submit(user, must(s.state.assignments, assignment), made)
}

// Type is Submit for a text, as HTML, that a student types into Canvas.
func (s *Server) Type(user, assignment int64, at time.Time, html string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.submit(user, must(s.state.assignments, assignment), attempt{at: at, kind: "online_text_entry", body: html})
}

// Link is Submit for an address that a student gives.
func (s *Server) Link(user, assignment int64, at time.Time, url string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.submit(user, must(s.state.assignments, assignment), attempt{at: at, kind: "online_url", url: url})
}

// DropFiles deletes what a student handed in with their last attempt.
func (s *Server) DropFiles(user, assignment int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	made := s.submission(must(s.state.assignments, assignment), user).attempts
	for _, f := range made[len(made)-1].files {
		delete(s.state.attachments, f.id)
	}
}

func (s *Server) submit(user int64, a *assignment, made attempt) int {
	members := []int64{user}
	if g := s.state.groupOf(a, user); g != nil {
		members = g.members
	}
	for _, m := range members {
		sub := s.submission(a, m)
		if n := len(sub.attempts); n > 0 {
			sub.attempts[n-1].grade = sub.grade
		}
		sub.attempts = append(sub.attempts, made)
		sub.grade.state, sub.grade.stale = "submitted", sub.grade.score != nil
	}
	return len(s.submission(a, user).attempts)
}

// DropCourse deletes a course: nothing of it is found any more.
func (s *Server) DropCourse(course int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	must(s.state.courses, course).dropped = true
}

// DropAssignment deletes an assignment.
func (s *Server) DropAssignment(assignment int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	must(s.state.assignments, assignment).deleted = true
}

// Change alters an assignment: publishes it, moves its due date.
func (s *Server) Change(assignment int64, change func(*Assignment)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&must(s.state.assignments, assignment).Assignment)
}

// Forbid takes the owner of the token their rights in a course, or gives them back.
func (s *Server) Forbid(course int64, forbidden bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	must(s.state.courses, course).forbidden = forbidden
}

// must finds what a test has added. A test that names what it did not add is wrong.
func must[T any](in map[int64]*T, id int64) *T {
	v := in[id]
	if v == nil {
		panic(fmt.Sprintf("canvastest: %d was not added as a %T", id, *new(T)))
	}
	return v
}
