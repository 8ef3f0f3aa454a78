package canvastest

import (
	"io"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// gradeStudent works like Assignment#grade_student of Canvas: in a group assignment the grade
// applies to every member who is not excused, unless students are graded individually; an
// excuse and a comment apply to one student.
func (s *Server) gradeStudent(a *assignment, user int64, fields map[string]string) {
	posted, hasGrade := fields["posted_grade"]
	excuse, hasExcuse := fields["excuse"]
	excused := slices.Contains([]string{"1", "true", "t", "yes", "on"}, excuse)
	members := []int64{user}
	g := s.state.groupOf(a, user)
	if g != nil && !a.Individually && !excused {
		members = g.members
	}
	if hasGrade || hasExcuse {
		for _, m := range members {
			sub := s.findSubmission(a, m)
			if m != user && sub.grade.excused {
				continue
			}
			s.setGrade(a, sub, posted, excused)
		}
	}
	if fields["text_comment"] == "" {
		return
	}
	if g == nil || fields["group_comment"] != "1" {
		members = []int64{user}
	}
	for _, m := range members {
		sub := s.findSubmission(a, m)
		sub.comments = append(sub.comments, comment{s.nextID(), s.owner, fields["text_comment"], s.now()})
	}
}

// setGrade sets a grade. If score and excuse are unchanged it does nothing, even after a new
// attempt (return_if_score_unchanged in Canvas).
func (s *Server) setGrade(a *assignment, sub *submission, posted string, excused bool) {
	score := a.score(posted)
	excused = excused && score == nil
	old := sub.grade
	if excused == old.excused && equal(score, old.score) {
		return
	}
	next := grade{score: score, excused: excused, state: "unsubmitted", changes: old.changes + 1, at: s.now(), grader: s.owner}
	switch {
	case score != nil || excused:
		next.state = "graded"
	case len(sub.attempts) > 0:
		next.state = "submitted"
	}
	if score != nil {
		next.text = a.text(*score)
	}
	sub.grade = next
}

func equal(a, b *float64) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}

var (
	percentage = regexp.MustCompile(`^[+-]?\d*\.?\d+%$`)
	number     = regexp.MustCompile(`^[+-]?\d*\.?\d+$`)
)

// score parses a grade like Assignment#grade_to_score of Canvas; nil is no score.
func (a *assignment) score(posted string) *float64 {
	var score float64
	switch {
	case a.Grading == "not_graded":
		return nil
	case percentage.MatchString(posted):
		score, _ = strconv.ParseFloat(strings.TrimSuffix(posted, "%"), 64)
		score *= a.Points / 100
	case number.MatchString(posted):
		score, _ = strconv.ParseFloat(posted, 64)
	case posted == "pass" || posted == "complete":
		score = a.Points
	case posted == "fail" || posted == "incomplete":
		score = 0
	default:
		minimum, ok := letters[posted]
		if !ok || a.Grading != "letter_grade" {
			return nil
		}
		score = minimum * a.Points / 100
	}
	if a.Grading == "pass_fail" && score != 0 && score != a.Points {
		return nil
	}
	return &score
}

// letters is part of the default grading scheme of Canvas: the minimum percentage of each letter.
var letters = map[string]float64{"A": 94, "B": 84, "C": 74, "D": 64, "F": 0}

// text formats a score with the grading type of the assignment.
func (a *assignment) text(score float64) string {
	percent := 0.0
	if a.Points != 0 {
		percent = score / a.Points * 100
	}
	switch a.Grading {
	case "pass_fail":
		if score == a.Points {
			return "complete"
		}
		return "incomplete"
	case "percent":
		return strconv.FormatFloat(math.Round(percent*100)/100, 'f', -1, 64) + "%"
	case "letter_grade":
		for _, letter := range []string{"A", "B", "C", "D"} {
			if percent >= letters[letter] {
				return letter
			}
		}
		return "F"
	}
	return strconv.FormatFloat(score, 'f', -1, 64)
}

// A Grade is the grade of a student for an assignment.
type Grade struct {
	Score    *float64
	Text     string // in the format of the grading type
	Excused  bool
	State    string // unsubmitted, submitted or graded
	Stale    bool   // given for an earlier attempt
	Changes  int    // number of changes
	Comments []string
}

// Grade returns the grade of a student for an assignment.
func (s *Server) Grade(user, assignment int64) Grade {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.finishDueJobs()
	sub := s.findSubmission(mustFind(s.state.assignments, assignment), user)
	g := sub.grade
	out := Grade{g.score, g.text, g.excused, g.state, g.stale, g.changes, nil}
	for _, c := range sub.comments {
		out.Comments = append(out.Comments, c.text)
	}
	return out
}

// SetGrade sets a grade like a teacher in the browser: posted as in update_grades, empty to clear.
func (s *Server) SetGrade(user, assignment int64, posted string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gradeStudent(mustFind(s.state.assignments, assignment), user, map[string]string{"posted_grade": posted})
}

// Excuse excuses a student like a teacher in the browser.
func (s *Server) Excuse(user, assignment int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gradeStudent(mustFind(s.state.assignments, assignment), user, map[string]string{"excuse": "true"})
}

func copyBody(dst io.Writer, r *http.Request) (int64, error) { return io.Copy(dst, r.Body) }
