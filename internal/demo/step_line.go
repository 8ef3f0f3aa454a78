package demo

import "cmp"

// outcomeFields returns the manifest fields of a result without results bundles.
func (ag *assignmentGenerator) outcomeFields(as *assessment) *outcomeFields {
	o := &outcomeFields{
		Accepted: as.accepted, HasError: as.recipeFailed, Label: "Rejected", Summary: as.reason,
		Secret: ag.assignment.has(exam), Steps: stepLines(as.tasks),
	}
	switch {
	case as.recipeFailed:
		o.Label = "Recipe error"
		return o
	case as.accepted:
		o.Label = "Accepted"
	}
	o.Score, o.ScoreReviewer = &as.score, &as.scoreReviewer
	o.Steps[len(o.Steps)-1][0].Score = &as.score // the step is finalize
	return o
}

// stepLines groups tasks by step.
func stepLines(tasks []taskResult) [][]stepLine {
	var list [][]stepLine
	for i := range tasks {
		if tr := &tasks[i]; tr.index == 0 {
			list = append(list, []stepLine{tr.stepLine()})
		} else {
			list[len(list)-1] = append(list[len(list)-1], tr.stepLine())
		}
	}
	return list
}

func (tr *taskResult) stepLine() stepLine {
	l := stepLine{
		ID: tr.id(), Accepted: tr.outcome == "pass", HasError: tr.outcome == "error", Label: tr.label,
		Secret: tr.step.secret, Hidden: tr.step.hidden, Summary: cmp.Or(tr.reason, tr.status),
	}
	if tr.hasPoints() {
		l.MaxScore = &tr.step.points
		if tr.outcome != "skip" {
			l.Score = &tr.score
		}
	}
	l.Details = tr.detailsLine()
	return l
}

// detailsLine omits the files: their bundle does not exist.
func (tr *taskResult) detailsLine() detailsLine {
	d := detailsLine{
		Outcome: tr.outcome, Status: tr.status, Reason: tr.reason, Report: []string{}, Hidden: tr.step.hidden,
		Warnings: []string{}, Files: []string{}, Properties: map[string]any{},
	}
	for _, r := range tr.reports {
		d.Report = append(d.Report, r.html)
	}
	if tr.warning != "" {
		d.Warnings = append(d.Warnings, tr.warning)
	}
	if tr.hasPoints() {
		d.MaxScore = &tr.step.points
	}
	if tr.outcome == "skip" {
		d.Properties["skipped"], d.Properties["deps-error"] = true, true
	}
	return d
}
