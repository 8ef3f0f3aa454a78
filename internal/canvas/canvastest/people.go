package canvastest

import (
	"net/http"
	"slices"
	"strings"
)

func (s *Server) userObject(u *user) object {
	o := example("user.json", object{
		"id": u.ID, "name": u.Name, "short_name": u.Name, "sortable_name": u.Sortable,
		"sis_user_id": stringOrNull(u.SIS), "login_id": u.Login,
	})
	if u.Sortable == "" {
		first, last, ok := strings.Cut(u.Name, " ")
		o["sortable_name"] = u.Name
		if ok {
			o["sortable_name"] = last + ", " + first
		}
	}
	return o
}

func (s *Server) enrollmentObject(e *enrollment) object {
	return example("enrollment.json", object{
		"id": e.id, "course_id": e.section.course.ID, "course_section_id": e.section.ID,
		"user_id": e.user.ID, "type": e.kind, "role": e.kind, "enrollment_state": e.state,
		"created_at": timestamp(e.at), "updated_at": timestamp(e.at),
	})
}

func (s *Server) getEnrollments(w http.ResponseWriter, r *http.Request) {
	c, _, ok := s.findCourse(w, r)
	if !ok {
		return
	}
	query := r.URL.Query()
	states := query["state[]"]
	if len(states) == 0 {
		states = []string{"active", "invited"}
	}
	var rows []object
	for _, e := range s.state.enrollments {
		if e.section.course != c || !slices.Contains(states, e.state) ||
			query.Has("type[]") && !slices.Contains(query["type[]"], e.kind) {
			continue
		}
		o := s.enrollmentObject(e)
		o["user"] = s.userObject(e.user)
		rows = append(rows, o)
	}
	s.paginate(w, r, rows, bookmarks)
}

func (s *Server) getUsers(w http.ResponseWriter, r *http.Request) {
	c, _, ok := s.findCourse(w, r)
	if !ok {
		return
	}
	var rows []object
	for _, id := range s.state.students(c, nil) {
		rows = append(rows, s.userWithEnrollments(c, s.state.users[id]))
	}
	s.paginate(w, r, rows, numbered)
}

func (s *Server) getUser(w http.ResponseWriter, r *http.Request) {
	c, _, ok := s.findCourse(w, r)
	if !ok {
		return
	}
	u := s.state.users[pathID(r, "user")]
	if u == nil {
		s.writeError(w, http.StatusNotFound, "error_not_found.json")
		return
	}
	writeJSON(w, r, s.userWithEnrollments(c, u))
}

func (s *Server) userWithEnrollments(c *course, u *user) object {
	o := s.userObject(u)
	enrollments := []object{}
	for _, e := range s.state.enrollments {
		if e.user == u && e.section.course == c && e.state != "deleted" {
			enrollments = append(enrollments, s.enrollmentObject(e))
		}
	}
	o["enrollments"] = enrollments
	return o
}

// getSelf returns the owner of the token, who is in no course.
func (s *Server) getSelf(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, r, s.userObject(&user{User{ID: s.owner, Name: "Owner Token"}}))
}
