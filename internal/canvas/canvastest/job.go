package canvastest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A job is a bulk update of grades. The jobs of a course run in order.
type job struct {
	id         int64
	course     *course
	section    *section
	assignment *assignment
	students   []student
	next       int // index of the next student to grade
	missing    []string
	state      string
	message    string
	created    time.Time
	updated    time.Time
}

// A student has the changes of a job for one student.
type student struct {
	id     string // as in the request
	fields map[string]string
}

func (s *Server) updateGrades(w http.ResponseWriter, r *http.Request) {
	c, sec, ok := s.findCourse(w, r)
	if !ok {
		return
	}
	a := s.state.assignments[pathID(r, "assignment")]
	if a == nil || a.deleted || a.course != c {
		s.writeError(w, http.StatusBadRequest, "error_assignment.json")
		return
	}
	if a.Unpublished {
		s.writeForbidden(w)
		return
	}
	raw := new(strings.Builder)
	if _, err := copyBody(raw, r); err != nil {
		s.writeError(w, http.StatusInternalServerError, "error_server.json")
		return
	}
	students := gradeData(raw.String())
	if len(students) == 0 {
		s.writeError(w, http.StatusBadRequest, "error_grade_data.json")
		return
	}
	j := &job{
		id: s.nextID(), course: c, section: sec, assignment: a, students: students,
		state: "queued", created: s.now(), updated: s.now(),
	}
	s.state.jobs[j.id] = j
	c.jobQueue = append(c.jobQueue, j)
	writeJSON(w, r, s.jobObject(j))
}

// gradeData parses grade_data[student][field]=value, in the order of the request.
func gradeData(form string) (students []student) {
	for _, pair := range parseOrdered(form) {
		rest, ok := strings.CutPrefix(pair[0], "grade_data[")
		id, field, ok2 := strings.Cut(rest, "][")
		field, ok3 := strings.CutSuffix(field, "]")
		if !ok || !ok2 || !ok3 {
			continue
		}
		i := slices.IndexFunc(students, func(s student) bool { return s.id == id })
		if i < 0 {
			i = len(students)
			students = append(students, student{id, map[string]string{}})
		}
		students[i].fields[field] = pair[1]
	}
	return students
}

// getProgress returns a job. Then, unless jobs run by the clock, it advances the first unfinished
// job of the course by one step.
func (s *Server) getProgress(w http.ResponseWriter, r *http.Request) {
	j := s.state.jobs[pathID(r, "progress")]
	if j == nil {
		s.writeError(w, http.StatusNotFound, "error_not_found.json")
		return
	}
	writeJSON(w, r, s.jobObject(j))
	if s.jobDuration == 0 && len(j.course.jobQueue) > 0 {
		s.advanceJob(j.course.jobQueue[0])
	}
}

func (s *Server) jobObject(j *job) object {
	o := example("progress.json", object{
		"id": j.id, "context_id": j.course.ID, "user_id": s.owner, "workflow_state": j.state,
		"message": stringOrNull(j.message), "created_at": timestamp(j.created), "updated_at": timestamp(j.updated),
		"url": fmt.Sprintf("%s/api/v1/progress/%d", s.URL, j.id),
	})
	switch j.state {
	case "running":
		o["completion"] = 0
	case "completed":
		o["completion"] = 100
	}
	return o
}

// RunJobs runs all waiting jobs to their end.
func (s *Server) RunJobs() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.state.courses {
		s.finishJobs(c)
	}
}

// UnfinishedJobs returns the number of jobs that have not ended.
func (s *Server) UnfinishedJobs() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, c := range s.state.courses {
		n += len(c.jobQueue)
	}
	return n
}

func (s *Server) finishJobs(c *course) {
	for len(c.jobQueue) > 0 {
		s.advanceJob(c.jobQueue[0])
	}
}

// finishDueJobs finishes the jobs whose duration has passed.
func (s *Server) finishDueJobs() {
	for _, c := range s.state.courses {
		for s.jobDuration > 0 && len(c.jobQueue) > 0 {
			j := c.jobQueue[0]
			begin := j.created
			if c.lastEnd.After(begin) {
				begin = c.lastEnd
			}
			end := begin.Add(s.jobDuration)
			if s.now().Before(end) {
				break
			}
			for j.state != "completed" && j.state != "failed" {
				s.advanceJob(j)
			}
			c.lastEnd = end
		}
	}
}

// advanceJob advances a job: the first step grades half of the students, the second the others.
func (s *Server) advanceJob(j *job) {
	j.updated = s.now()
	if j.state == "queued" {
		j.state = "running"
		s.gradeUntil(j, len(j.students)/2)
		return
	}
	s.gradeUntil(j, len(j.students))
	j.state = "completed"
	if len(j.missing) > 0 {
		j.state, j.message = "failed", "Couldn't find User(s) with API ids "+strings.Join(j.missing, ", ")
	} else if j.assignment.Unpublished || j.assignment.deleted {
		j.state = "failed"
		j.message = fmt.Sprintf("Some assignments are either not published or deleted and can not be graded '%d'", j.assignment.ID)
	}
	j.course.jobQueue = slices.DeleteFunc(j.course.jobQueue, func(other *job) bool { return other == j })
	j.course.lastEnd = s.now()
}

// gradeUntil grades the students of a job up to an index. It skips users who are not students there and
// reports them as missing.
func (s *Server) gradeUntil(j *job, until int) {
	for ; j.next < until; j.next++ {
		if j.assignment.Unpublished || j.assignment.deleted {
			continue
		}
		st := j.students[j.next]
		id, err := strconv.ParseInt(st.id, 10, 64)
		if err != nil || !slices.Contains(s.state.students(j.course, j.section), id) {
			j.missing = append(j.missing, "'"+st.id+"'")
			continue
		}
		s.gradeStudent(j.assignment, id, st.fields)
	}
}
