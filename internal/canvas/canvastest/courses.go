package canvastest

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
)

// findCourse returns the course in the URL, and its section if there is one. If the course does not
// exist, it sends the response and returns false.
func (s *Server) findCourse(w http.ResponseWriter, r *http.Request) (*course, *section, bool) {
	section := s.state.sections[pathID(r, "section")]
	c := s.state.courses[pathID(r, "course")]
	if section != nil {
		c = section.course
	}
	switch {
	case c == nil || c.deleted:
		s.writeError(w, http.StatusNotFound, "error_not_found.json")
	case c.forbidden:
		s.writeForbidden(w)
	default:
		return c, section, true
	}
	return nil, nil, false
}

func (s *Server) getCourse(w http.ResponseWriter, r *http.Request) {
	c, _, ok := s.findCourse(w, r)
	if !ok {
		return
	}
	o := example("course.json", object{
		"id": c.ID, "name": c.Name, "course_code": c.Code, "original_name": c.Name,
		"start_at": timestamp(c.Start), "end_at": timestamp(c.End),
	})
	if slices.Contains(r.URL.Query()["include[]"], "term") {
		o["term"] = example("term.json", nil)
	}
	writeJSON(w, r, o)
}

func (s *Server) getSections(w http.ResponseWriter, r *http.Request) {
	c, _, ok := s.findCourse(w, r)
	if !ok {
		return
	}
	var rows []object
	for _, sec := range sortedByID(s.state.sections) {
		if sec.course == c {
			rows = append(rows, example("section.json", object{"id": sec.ID, "name": sec.Name, "course_id": c.ID}))
		}
	}
	s.paginate(w, r, rows, endless)
}

func (s *Server) getAssignment(w http.ResponseWriter, r *http.Request) {
	c, _, ok := s.findCourse(w, r)
	if !ok {
		return
	}
	a := s.state.assignments[pathID(r, "assignment")]
	if a == nil || a.deleted || a.course != c {
		s.writeError(w, http.StatusNotFound, "error_not_found.json")
		return
	}
	state := "published"
	if a.Unpublished {
		state = "unpublished"
	}
	page := fmt.Sprintf("%s/courses/%d/assignments/%d", s.URL, c.ID, a.ID)
	o := example("assignment.json", object{
		"id": a.ID, "course_id": c.ID, "name": a.Name, "html_url": page,
		"submissions_download_url": page + "/submissions?zip=1",
		"due_at":                   timestamp(a.Due), "unlock_at": timestamp(a.Unlock), "lock_at": timestamp(a.Lock),
		"points_possible": a.Points, "grading_type": a.Grading, "submission_types": a.Types,
		"grade_group_students_individually": a.Individually,
		"published":                         !a.Unpublished, "workflow_state": state,
		"post_manually": a.PostManually, "muted": a.PostManually,
	})
	if a.GroupCategory != 0 {
		o["group_category_id"] = a.GroupCategory
	}
	writeJSON(w, r, o)
}

// sortedByID returns the values of a map by ascending key.
func sortedByID[T any](objects map[int64]*T) []*T {
	keys := make([]int64, 0, len(objects))
	for k := range objects {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, cmp.Compare)
	values := make([]*T, len(keys))
	for i, k := range keys {
		values[i] = objects[k]
	}
	return values
}
