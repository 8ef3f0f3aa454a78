package demo

import (
	"fmt"
	"math"
)

// assessment is the result of checking a submission.
type assessment struct {
	tasks          []taskResult
	accepted       bool
	recipeFailed   bool // then there are no scores
	score          float64
	scoreReviewer  float64
	reason         string
	passed, tested int // of the tests that are visible to the student
}

// taskResult is the result of one task.
type taskResult struct {
	step    *step
	suffix  string // of the task's id: a dotted number, or ""
	index   int    // of the task in its step
	label   string
	outcome string // pass, fail, skip or error
	score   float64
	reason  string
	status  string
	taskOutput
}

// taskOutput holds the output of a task.
type taskOutput struct {
	reports []report
	warning string
	files   []attachment
}

func (tr *taskResult) id() string { return tr.step.id + tr.suffix }

// hasPoints reports whether the task has points.
func (tr *taskResult) hasPoints() bool { return tr.step.points > 0 }

// assess draws the results of a submission step by step.
func (ag *assignmentGenerator) assess(sub *submission) *assessment {
	as := &assessment{}
	gateFailure := ""
	for i := range ag.assignment.steps {
		step := &ag.assignment.steps[i]
		if step.role == finalize {
			break
		}
		for n, suffix := range step.taskSuffixes() {
			tr := taskResult{step: step, suffix: suffix, index: n, label: step.taskLabel(n), outcome: "skip", status: "Skipped"}
			if gateFailure == "" {
				ag.assessTask(&tr, sub)
			}
			as.addTask(tr)
			if step.role == gate && tr.outcome == "fail" {
				gateFailure = tr.reason
			}
		}
	}
	ag.addFinalize(as, sub, gateFailure)
	return as
}

// assessTask draws the result of one task. A pass is more likely for better
// students, easier assignments and later attempts.
func (ag *assignmentGenerator) assessTask(tr *taskResult, sub *submission) {
	quality := sub.ability - ag.assignment.difficulty + 0.45*float64(sub.attempt-1)
	passes := ag.Float64() < 1/(1+math.Exp(-tr.logOdds(quality)))
	switch {
	case sub.planned == planPass || tr.step.role == notice:
		passes = true
	case sub.planned == planFail && tr.step.role != styleCheck:
		passes = tr.step.role == gate || tr.index == 0
	}
	if passes {
		tr.outcome, tr.score, tr.status = "pass", tr.step.points, fmt.Sprintf("Passed in %.2f s", 0.05+ag.Float64())
	} else {
		ag.setFailure(tr)
	}
	ag.addReports(tr, sub)
}

// logOdds returns the logarithm of the odds that a task passes.
func (tr *taskResult) logOdds(quality float64) float64 {
	switch {
	case tr.step.role == gate:
		return 2.9 + quality
	case tr.step.role == styleCheck:
		return 0.6 + quality
	case tr.step.secret:
		return 0.6 + 1.2*quality - 0.25*float64(tr.index)
	}
	return 1.1 + 1.2*quality - 0.25*float64(tr.index)
}

// setFailure draws the reason why a task failed. Some failures keep half of the
// points.
func (ag *assignmentGenerator) setFailure(tr *taskResult) {
	tr.outcome, tr.status = "fail", "Failed"
	lang := ag.assignment.lang
	switch {
	case tr.step.role == gate && tr.step.id == checkFiles.id && ag.IntN(2) == 0:
		tr.reason = "Missing file: " + lang.source
	case tr.step.role == gate:
		tr.reason = "Compilation failed: " + lang.compileErrors[ag.IntN(len(lang.compileErrors))]
	case tr.step.role == styleCheck:
		tr.reason = fmt.Sprintf("%d remarks", 2+ag.IntN(9))
	case ag.IntN(3) == 0:
		tr.reason = lang.runtimeErrors[ag.IntN(len(lang.runtimeErrors))]
	case ag.IntN(5) == 0:
		tr.reason = "Time limit of 2 s exceeded"
	default:
		right := ag.IntN(90)
		tr.reason = fmt.Sprintf("Wrong answer: expected %d, got %d", right, right+1+ag.IntN(8))
		if ag.IntN(4) == 0 {
			tr.score = tr.step.points / 2
		}
	}
}

// addTask appends a task and adds its points to the sums.
func (as *assessment) addTask(tr taskResult) {
	as.tasks = append(as.tasks, tr)
	as.scoreReviewer += tr.score
	if tr.step.secret {
		return
	}
	as.score += tr.score
	if tr.step.role == test {
		as.tested++
		if tr.outcome == "pass" {
			as.passed++
		}
	}
}

// addFinalize decides the outcome and adds the finalize step, unless the
// submission is planned to have none.
func (ag *assignmentGenerator) addFinalize(as *assessment, sub *submission, gateFailure string) {
	finalize := &ag.assignment.steps[len(ag.assignment.steps)-1]
	tr := taskResult{step: finalize, label: finalize.label}
	maxScore := 0.0
	for _, other := range as.tasks {
		maxScore += other.step.points
	}
	as.accepted = gateFailure == "" && as.scoreReviewer >= 0.55*maxScore && as.passed > 0
	as.reason = fmt.Sprintf("%d of %d tests passed", as.passed, as.tested)
	if gateFailure != "" {
		as.reason = gateFailure
	}
	if tr.outcome = "fail"; as.accepted {
		tr.outcome = "pass"
	}
	if sub.planned == planError || sub.planned == planNoFinalize {
		as.recipeFailed, as.accepted, tr.outcome = true, false, "error"
		as.reason = "The checker stopped: no space left on device"
	}
	tr.reason = as.reason
	if sub.planned != planNoFinalize {
		ag.addOverview(&tr, as)
		as.tasks = append(as.tasks, tr)
	}
}
