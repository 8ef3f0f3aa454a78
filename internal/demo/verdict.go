package demo

import (
	"fmt"
	"math"
)

// verdict is what checking a submission found.
type verdict struct {
	marks          []mark
	accepted       bool
	failed         bool // the recipe did, so there are no scores
	score          float64
	scoreReviewer  float64
	reason         string
	passed, tested int // tests that the student may see
}

// mark is what one task found.
type mark struct {
	step    *step
	number  string // of the task, with a dot in front; "" for a step's only one
	n       int    // the task's place in its step
	label   string
	outcome string // pass, fail, skip or error
	score   float64
	reason  string
	status  string
	details
}

// details is what a mark has to show.
type details struct {
	reports []report
	warning string
	files   []attachment
}

func (m *mark) id() string { return m.step.id + m.number }

// scored reports whether the mark has points at all.
func (m *mark) scored() bool { return m.step.points > 0 }

// judge checks a submission, step by step.
func (s *sitting) judge(sub *submission) *verdict {
	v := &verdict{}
	blocker := ""
	for i := range s.a.steps {
		st := &s.a.steps[i]
		if st.does == finishes {
			break
		}
		for n, number := range st.numbers() {
			m := mark{step: st, number: number, n: n, label: st.title(n), outcome: "skip", status: "Skipped"}
			if blocker == "" {
				s.check(&m, sub)
			}
			v.add(m)
			if st.does == guards && m.outcome == "fail" {
				blocker = m.reason
			}
		}
	}
	s.finish(v, sub, blocker)
	return v
}

// check draws the outcome of one task: the better the student, the easier the
// assignment and the later the attempt, the more likely is a pass.
func (s *sitting) check(m *mark, sub *submission) {
	quality := sub.ability - s.a.difficulty + 0.45*float64(sub.attempt-1)
	passes := s.Float64() < 1/(1+math.Exp(-m.odds(quality)))
	switch {
	case sub.fate == toPass || m.step.does == watches:
		passes = true
	case sub.fate == toFail && m.step.does != remarks:
		passes = m.step.does == guards || m.n == 0
	}
	if passes {
		m.outcome, m.score, m.status = "pass", m.step.points, fmt.Sprintf("Passed in %.2f s", 0.05+s.Float64())
	} else {
		s.blame(m)
	}
	s.illustrate(m, sub)
}

// odds are the logarithm of the odds that a task passes.
func (m *mark) odds(quality float64) float64 {
	switch {
	case m.step.does == guards:
		return 2.9 + quality
	case m.step.does == remarks:
		return 0.6 + quality
	case m.step.secret:
		return 0.6 + 1.2*quality - 0.25*float64(m.n)
	}
	return 1.1 + 1.2*quality - 0.25*float64(m.n)
}

// blame says why a task failed, and leaves half of the points now and then.
func (s *sitting) blame(m *mark) {
	m.outcome, m.status = "fail", "Failed"
	lang := s.a.lang
	switch {
	case m.step.does == guards && m.step.id == files.id && s.IntN(2) == 0:
		m.reason = "Missing file: " + lang.source
	case m.step.does == guards:
		m.reason = "Compilation failed: " + lang.broken[s.IntN(len(lang.broken))]
	case m.step.does == remarks:
		m.reason = fmt.Sprintf("%d remarks", 2+s.IntN(9))
	case s.IntN(3) == 0:
		m.reason = lang.crashed[s.IntN(len(lang.crashed))]
	case s.IntN(5) == 0:
		m.reason = "Time limit of 2 s exceeded"
	default:
		right := s.IntN(90)
		m.reason = fmt.Sprintf("Wrong answer: expected %d, got %d", right, right+1+s.IntN(8))
		if s.IntN(4) == 0 {
			m.score = m.step.points / 2
		}
	}
}

// add takes a mark into the sums.
func (v *verdict) add(m mark) {
	v.marks = append(v.marks, m)
	v.scoreReviewer += m.score
	if m.step.secret {
		return
	}
	v.score += m.score
	if m.step.does == tests {
		v.tested++
		if m.outcome == "pass" {
			v.passed++
		}
	}
}

// finish adds the step that decides, unless it is fated to be missing.
func (s *sitting) finish(v *verdict, sub *submission, blocker string) {
	last := &s.a.steps[len(s.a.steps)-1]
	m := mark{step: last, label: last.label}
	total := 0.0
	for _, each := range v.marks {
		total += each.step.points
	}
	v.accepted = blocker == "" && v.scoreReviewer >= 0.55*total && v.passed > 0
	v.reason = fmt.Sprintf("%d of %d tests passed", v.passed, v.tested)
	if blocker != "" {
		v.reason = blocker
	}
	if m.outcome = "fail"; v.accepted {
		m.outcome = "pass"
	}
	if sub.fate == breaks || sub.fate == vanishes {
		v.failed, v.accepted, m.outcome = true, false, "error"
		v.reason = "The checker stopped: no space left on device"
	}
	m.reason = v.reason
	if sub.fate != vanishes {
		s.overview(&m, v)
		v.marks = append(v.marks, m)
	}
}
