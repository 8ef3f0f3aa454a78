package canvastest

import (
	"fmt"
	"slices"
	"time"
)

// The types of enrollments.
const (
	Student  = "StudentEnrollment"
	Teacher  = "TeacherEnrollment"
	TA       = "TaEnrollment"
	Designer = "DesignerEnrollment"
	Observer = "ObserverEnrollment"

	studentView = "StudentViewEnrollment" // of a test student
)

// A Course is a course to add. If ID is 0, the fake chooses one; zero times are null.
type Course struct {
	ID         int64
	Name, Code string
	Start, End time.Time
}

// A Section is a section to add. If ID is 0, the fake chooses one.
type Section struct {
	ID   int64
	Name string
}

// A User is a user to add. If ID is 0, the fake chooses one.
type User struct {
	ID                         int64
	Name, Sortable, Login, SIS string
}

// An Assignment is an assignment to add. If ID is 0, the fake chooses one; zero times are null.
type Assignment struct {
	ID                int64
	Name              string
	Due, Unlock, Lock time.Time
	Points            float64
	Grading           string   // points, percent, pass_fail, letter_grade or not_graded; empty is points
	Types             []string // nil is online_upload
	GroupCategory     int64    // any number; see AddGroup
	Individually      bool     // group members get individual grades
	Unpublished       bool
	PostManually      bool
}

// A File is a file that a student submits.
type File struct {
	Name, Type string
	Content    []byte
}

// AddCourse adds a course and returns its id.
func (s *Server) AddCourse(c Course) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.ID = s.idOrNext(c.ID)
	s.state.courses[c.ID] = &course{Course: c}
	return c.ID
}

// AddSection adds a section to a course and returns its id.
func (s *Server) AddSection(course int64, sec Section) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	sec.ID = s.idOrNext(sec.ID)
	s.state.sections[sec.ID] = &section{Section: sec, course: mustFind(s.state.courses, course)}
	return sec.ID
}

// AddUser adds a user and returns the id.
func (s *Server) AddUser(u User) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	u.ID = s.idOrNext(u.ID)
	s.state.users[u.ID] = &user{u}
	return u.ID
}

// Enroll enrolls a user in a section as a student.
func (s *Server) Enroll(user, section int64) { s.EnrollAs(user, section, Student) }

// EnrollAs enrolls a user in a section with a type of enrollment.
func (s *Server) EnrollAs(user, section int64, kind string) { s.enroll(user, section, kind, "active") }

// Invite invites a user to a section as a student. The user never accepts, and so is not a
// student.
func (s *Server) Invite(user, section int64) { s.enroll(user, section, Student, "invited") }

func (s *Server) enroll(user, section int64, kind, state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.enrollments = append(s.state.enrollments, &enrollment{
		id: s.nextID(), section: mustFind(s.state.sections, section), user: mustFind(s.state.users, user),
		kind: kind, state: state, at: s.now(),
	})
}

// AddStudent adds a user and enrolls them in a section as a student. It returns the user's id.
func (s *Server) AddStudent(section int64, u User) int64 {
	id := s.AddUser(u)
	s.Enroll(id, section)
	return id
}

// AddTestStudent adds the test student of Student View to a section and returns the user's id.
func (s *Server) AddTestStudent(section int64) int64 {
	id := s.AddUser(User{Name: "Test Student"})
	s.EnrollAs(id, section, studentView)
	return id
}

// Unenroll ends all enrollments of a user in a course. Their state is deleted, not inactive.
func (s *Server) Unenroll(user, course int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.state.enrollments {
		if e.user.ID == user && e.section.course.ID == course {
			e.state = "deleted"
		}
	}
}

// AddAssignment adds an assignment to a course and returns its id.
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
	s.state.assignments[a.ID] = &assignment{Assignment: a, course: mustFind(s.state.courses, course)}
	return a.ID
}

// AddGroup adds a group of students to a group category and returns its id.
func (s *Server) AddGroup(category int64, name string, members ...int64) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := &group{s.nextID(), name, members}
	s.state.groups[category] = append(s.state.groups[category], g)
	return g.id
}

// AddGroupMember adds a user to a group. Earlier attempts of the group stay with their members.
func (s *Server) AddGroupMember(group, user int64) {
	s.updateGroup(group, func(members []int64) []int64 { return append(members, user) })
}

// RemoveGroupMember removes a user from a group. The user keeps earlier attempts.
func (s *Server) RemoveGroupMember(group, user int64) {
	s.updateGroup(group, func(members []int64) []int64 {
		return slices.DeleteFunc(members, func(m int64) bool { return m == user })
	})
}

func (s *Server) updateGroup(group int64, change func([]int64) []int64) {
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

// Submit submits files for a student and their group, and returns the number of the attempt. It
// keeps the current grade and marks it as stale.
func (s *Server) Submit(user, assignment int64, at time.Time, files ...File) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := attempt{at: at, kind: "online_upload"}
	for _, f := range files {
		id := s.nextID()
		a.files = append(a.files, &attachment{id, f, fmt.Sprintf("verifier-%x", id*2654435761), at})
		s.state.attachments[id] = a.files[len(a.files)-1]
	}
	return s.addAttempt(user, mustFind(s.state.assignments, assignment), a)
}

// SubmitText is like Submit for a text in HTML.
func (s *Server) SubmitText(user, assignment int64, at time.Time, html string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addAttempt(user, mustFind(s.state.assignments, assignment), attempt{at: at, kind: "online_text_entry", body: html})
}

// SubmitURL is like Submit for a URL.
func (s *Server) SubmitURL(user, assignment int64, at time.Time, url string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addAttempt(user, mustFind(s.state.assignments, assignment), attempt{at: at, kind: "online_url", url: url})
}

// DeleteFiles deletes the files of a student's last attempt.
func (s *Server) DeleteFiles(user, assignment int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	attempts := s.findSubmission(mustFind(s.state.assignments, assignment), user).attempts
	for _, f := range attempts[len(attempts)-1].files {
		delete(s.state.attachments, f.id)
	}
}

func (s *Server) addAttempt(user int64, a *assignment, latest attempt) int {
	members := []int64{user}
	if g := s.state.groupOf(a, user); g != nil {
		members = g.members
	}
	for _, m := range members {
		sub := s.findSubmission(a, m)
		if n := len(sub.attempts); n > 0 {
			sub.attempts[n-1].grade = sub.grade
		}
		sub.attempts = append(sub.attempts, latest)
		sub.grade.state, sub.grade.stale = "submitted", sub.grade.score != nil
	}
	return len(s.findSubmission(a, user).attempts)
}

// DeleteCourse deletes a course. All requests below it return 404.
func (s *Server) DeleteCourse(course int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mustFind(s.state.courses, course).deleted = true
}

// DeleteAssignment deletes an assignment.
func (s *Server) DeleteAssignment(assignment int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mustFind(s.state.assignments, assignment).deleted = true
}

// UpdateAssignment changes an assignment, such as its due date.
func (s *Server) UpdateAssignment(assignment int64, change func(*Assignment)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&mustFind(s.state.assignments, assignment).Assignment)
}

// SetForbidden sets whether the owner of the token has no permissions in a course.
func (s *Server) SetForbidden(course int64, forbidden bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mustFind(s.state.courses, course).forbidden = forbidden
}

// mustFind returns an object by its id. It panics if the test has not added the object.
func mustFind[T any](objects map[int64]*T, id int64) *T {
	v := objects[id]
	if v == nil {
		panic(fmt.Sprintf("canvastest: %d was not added as a %T", id, *new(T)))
	}
	return v
}
