package demo

import "cmp"

// outcome spells a verdict out, for a result whose bundles are not there.
func (s *sitting) outcome(v *verdict) *outcomeFields {
	o := &outcomeFields{
		Accepted: v.accepted, HasError: v.failed, Label: "Rejected", Summary: v.reason,
		Secret: s.a.is(exam), Steps: stepLines(v.marks),
	}
	switch {
	case v.failed:
		o.Label = "Recipe error"
		return o
	case v.accepted:
		o.Label = "Accepted"
	}
	o.Score, o.ScoreReviewer = &v.score, &v.scoreReviewer
	o.Steps[len(o.Steps)-1][0].Score = &v.score // that of finalize
	return o
}

// stepLines gathers the tasks of each step.
func stepLines(marks []mark) [][]stepLine {
	var list [][]stepLine
	for i := range marks {
		if m := &marks[i]; m.n == 0 {
			list = append(list, []stepLine{m.line()})
		} else {
			list[len(list)-1] = append(list[len(list)-1], m.line())
		}
	}
	return list
}

func (m *mark) line() stepLine {
	l := stepLine{
		ID: m.id(), Accepted: m.outcome == "pass", HasError: m.outcome == "error", Label: m.label,
		Secret: m.step.secret, Hidden: m.step.hidden, Summary: cmp.Or(m.reason, m.status),
	}
	if m.scored() {
		l.MaxScore = &m.step.points
		if m.outcome != "skip" {
			l.Score = &m.score
		}
	}
	l.Details = m.detailsLine()
	return l
}

// detailsLine leaves the files out: they were in a bundle that is not there.
func (m *mark) detailsLine() detailsLine {
	d := detailsLine{
		Outcome: m.outcome, Status: m.status, Reason: m.reason, Report: []string{}, Hidden: m.step.hidden,
		Warnings: []string{}, Files: []string{}, Properties: map[string]any{},
	}
	for _, r := range m.reports {
		d.Report = append(d.Report, r.html)
	}
	if m.warning != "" {
		d.Warnings = append(d.Warnings, m.warning)
	}
	if m.scored() {
		d.MaxScore = &m.step.points
	}
	if m.outcome == "skip" {
		d.Properties["skipped"], d.Properties["deps-error"] = true, true
	}
	return d
}
