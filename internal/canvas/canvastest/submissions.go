package canvastest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

func (s *Server) getSubmissions(w http.ResponseWriter, r *http.Request) {
	c, sec, ok := s.findCourse(w, r)
	if !ok {
		return
	}
	a := s.state.assignments[pathID(r, "assignment")]
	if a == nil || a.deleted || a.course != c {
		s.writeError(w, http.StatusNotFound, "error_not_found.json")
		return
	}
	include := r.URL.Query()["include[]"]
	rows := []object{}
	for _, id := range s.state.students(c, sec) {
		rows = append(rows, s.submissionObject(a, id, include))
	}
	if slices.Contains(include, "visibility") { // Canvas does not paginate this list
		writeJSON(w, r, rows)
		return
	}
	s.paginate(w, r, rows, lowerCase)
}

// getStudentsSubmissions lists submissions for several students and assignments. With
// submitted_since it omits those without an attempt.
func (s *Server) getStudentsSubmissions(w http.ResponseWriter, r *http.Request) {
	c, sec, ok := s.findCourse(w, r)
	if !ok {
		return
	}
	query := r.URL.Query()
	since, _ := time.Parse(time.RFC3339, query.Get("submitted_since"))
	selected := func(key string, id int64) bool {
		return !query.Has(key) || slices.Contains(query[key], "all") || slices.Contains(query[key], strconv.FormatInt(id, 10))
	}
	rows := []object{}
	for _, id := range s.state.students(c, sec) {
		for _, a := range sortedByID(s.state.assignments) {
			if a.course != c || a.deleted || !selected("assignment_ids[]", a.ID) || !selected("student_ids[]", id) {
				continue
			}
			attempts := s.findSubmission(a, id).attempts
			if !since.IsZero() && (len(attempts) == 0 || attempts[len(attempts)-1].at.Before(since)) {
				continue
			}
			rows = append(rows, s.submissionObject(a, id, query["include[]"]))
		}
	}
	s.paginate(w, r, rows, endless)
}

func (s *Server) submissionObject(a *assignment, user int64, include []string) object {
	sub := s.findSubmission(a, user)
	o := s.attemptObject(a, user, sub, len(sub.attempts), include)
	if slices.Contains(include, "submission_history") {
		var history []object
		for n := range sub.attempts {
			history = append(history, s.attemptObject(a, user, sub, n+1, include))
		}
		if history == nil {
			history = []object{s.attemptObject(a, user, sub, 0, include)}
		}
		o["submission_history"] = history
	}
	if slices.Contains(include, "user") {
		o["user"] = s.userObject(s.state.users[user])
	}
	if slices.Contains(include, "submission_comments") {
		o["submission_comments"] = s.commentObjects(a, sub)
	}
	return o
}

// attemptObject returns the submission at its n-th attempt, counted from 1; 0 is none.
func (s *Server) attemptObject(a *assignment, user int64, sub *submission, n int, include []string) object {
	preview := fmt.Sprintf("%s/courses/%d/assignments/%d/submissions/%d?preview=1", s.URL, a.course.ID, a.ID, user)
	o := example("submission.json", object{"id": sub.id, "assignment_id": a.ID, "user_id": user, "preview_url": preview})
	g := sub.grade
	if n > 0 {
		attempt := sub.attempts[n-1]
		if n < len(sub.attempts) {
			g = attempt.grade
		}
		late := !a.Due.IsZero() && attempt.at.After(a.Due)
		o["attempt"], o["submitted_at"], o["late"] = n, timestamp(attempt.at), late
		o["submission_type"], o["body"], o["url"] = attempt.kind, stringOrNull(attempt.body), stringOrNull(attempt.url)
		o["preview_url"] = preview + "&version=" + strconv.Itoa(n)
		if late {
			o["seconds_late"] = int(attempt.at.Sub(a.Due).Seconds())
		}
		if len(attempt.files) > 0 {
			o["attachments"] = s.attachmentObjects(attempt.files)
		}
	} else {
		o["missing"] = !a.Due.IsZero() && s.now().After(a.Due)
	}
	g.addTo(o, a)
	if slices.Contains(include, "group") {
		o["group"] = object{"id": nil, "name": nil}
		if member := s.state.groupOf(a, user); member != nil {
			o["group"] = object{"id": member.id, "name": member.name}
		}
	}
	return o
}

// addTo adds the fields of a grade to the object of its submission.
func (g grade) addTo(o object, a *assignment) {
	o["workflow_state"], o["grade_matches_current_submission"] = g.state, !g.stale
	if g.excused {
		o["excused"] = true
	}
	if g.score != nil {
		o["score"], o["entered_score"] = *g.score, *g.score
		o["grade"], o["entered_grade"] = g.text, g.text
		o["excused"] = false
	}
	if g.changes > 0 {
		o["graded_at"], o["grader_id"] = timestamp(g.at), g.grader
		if !a.PostManually {
			o["posted_at"] = timestamp(g.at)
		}
	}
}

func (s *Server) commentObjects(a *assignment, sub *submission) []object {
	comments := []object{}
	for _, c := range sub.comments {
		comments = append(comments, example("comment.json", object{
			"id": c.id, "author_id": c.authorID, "comment": c.text, "created_at": timestamp(c.at),
		}))
	}
	return comments
}
