package graph_test

import (
	"math"
	"slices"
)

// This file analyzes the nodes of a list of results, as simply as possible.

type analyzedResult struct {
	Attempt  int
	State    string
	Accepted *bool
	Score    *float64
	User     struct{ CanvasID int64 }
	Group    []struct{ CanvasID int64 }
	Steps    []analyzedStep
}

type analyzedStep struct {
	TaskID, StepID  string
	Outcome         *string
	Accepted        bool
	Score, MaxScore *float64
}

// skipped reports whether the task has no mark.
func (s analyzedStep) skipped() bool {
	return s.Score == nil || s.Outcome != nil && *s.Outcome == "SKIP"
}

// done returns the results that are done and, if withSteps is set, have items.
func done(results []analyzedResult, withSteps bool) (out []analyzedResult) {
	for _, r := range results {
		if r.State == "DONE" && (!withSteps || slices.ContainsFunc(r.Steps, func(s analyzedStep) bool { return s.StepID != "finalize" })) {
			out = append(out, r)
		}
	}
	return out
}

// marksOf returns the mark of each result for a task, nil if it was skipped.
func marksOf(results []analyzedResult, task string, zero bool) []*float64 {
	marks := make([]*float64, len(results))
	for i, r := range results {
		if zero {
			marks[i] = new(float64)
		}
		for _, s := range r.Steps {
			if s.TaskID == task && !s.skipped() {
				marks[i] = s.Score
			}
		}
	}
	return marks
}

// naiveItemAnalysis returns the figures of the whole, and those of the items by task.
func naiveItemAnalysis(results []analyzedResult, resultScore, leftOut bool) (whole map[string]*float64, items map[string]map[string]*float64) {
	results = done(results, true)
	if resultScore {
		results = slices.DeleteFunc(results, func(r analyzedResult) bool { return r.Score == nil })
	}
	marks, maxima := map[string][]*float64{}, map[string][]float64{}
	for _, r := range results {
		for _, s := range r.Steps {
			if s.StepID != "finalize" && !s.skipped() {
				marks[s.TaskID] = nil
			}
			if s.MaxScore != nil && !slices.Contains(maxima[s.TaskID], *s.MaxScore) {
				maxima[s.TaskID] = append(maxima[s.TaskID], *s.MaxScore)
			}
		}
	}
	totals := make([]float64, len(results))
	complete := make([]bool, len(results))
	for i := range complete {
		complete[i] = true
	}
	for task := range marks {
		marks[task] = marksOf(results, task, !leftOut)
		for i, m := range marks[task] {
			if m == nil {
				complete[i] = false
			} else {
				totals[i] += *m
			}
		}
	}
	if resultScore {
		for i, r := range results {
			totals[i] = *r.Score
		}
	}
	if len(marks) == 0 && !resultScore {
		totals = nil
	}
	wholeTotals := selected(totals, complete)
	alpha := naiveAlpha(marks, "", wholeTotals, complete)
	whole = map[string]*float64{
		"n": number(float64(len(wholeTotals))), "mean": number(naiveMean(wholeTotals)),
		"standardDeviation": number(math.Sqrt(naiveCovariance(wholeTotals, wholeTotals))), "alpha": alpha,
	}
	if alpha != nil && *alpha <= 1 {
		whole["standardError"] = number(*whole["standardDeviation"] * math.Sqrt(1-*alpha))
	}
	items = map[string]map[string]*float64{}
	weights := 0.0
	for task, itemMarks := range marks {
		var xs, ts, rs []float64
		for i, m := range itemMarks {
			if m != nil {
				xs, ts, rs = append(xs, *m), append(ts, totals[i]), append(rs, totals[i]-*m)
			}
		}
		item := map[string]*float64{"n": number(float64(len(xs))), "mean": number(naiveMean(xs)), "standardDeviation": number(math.Sqrt(naiveCovariance(xs, xs)))}
		if len(maxima[task]) == 1 {
			item["maxScore"], item["facility"] = &maxima[task][0], number(naiveMean(xs)/maxima[task][0])
		}
		if !allEqual(xs) && !allEqual(rs) {
			sortedX, sortedR := slices.Sorted(slices.Values(xs)), slices.Sorted(slices.Values(rs))
			item["discrimination"] = number(naiveCovariance(xs, rs) / math.Sqrt(naiveCovariance(xs, xs)*naiveCovariance(rs, rs)))
			item["discriminativeEfficiency"] = number(naiveCovariance(xs, rs) / naiveCovariance(sortedX, sortedR))
		}
		item["effectiveWeight"] = number(math.Sqrt(math.Round(naiveCovariance(xs, ts)*1e12) / 1e12))
		if w := item["effectiveWeight"]; w != nil {
			weights += *w
		}
		others := make([]float64, 0, len(wholeTotals))
		for i, t := range totals {
			if complete[i] {
				others = append(others, t-*itemMarks[i])
			}
		}
		item["alphaIfDropped"] = naiveAlpha(marks, task, others, complete)
		items[task] = item
	}
	for _, item := range items {
		if w := item["effectiveWeight"]; w != nil {
			item["effectiveWeight"] = number(*w / weights)
		}
	}
	return whole, items
}

// naiveAlpha returns Cronbach's alpha of all items but one, in the complete results with some totals.
func naiveAlpha(marks map[string][]*float64, except string, totals []float64, complete []bool) *float64 {
	k, sum := 0.0, 0.0
	for task, itemMarks := range marks {
		var xs []float64
		for i, m := range itemMarks {
			if complete[i] {
				xs = append(xs, *m)
			}
		}
		if task != except {
			k, sum = k+1, sum+naiveCovariance(xs, xs)
		}
	}
	if k < 2 || allEqual(totals) {
		return nil
	}
	return number(k / (k - 1) * (1 - sum/naiveCovariance(totals, totals)))
}

// selected returns the numbers for which the condition is true.
func selected(xs []float64, conditions []bool) (out []float64) {
	for i, x := range xs {
		if conditions[i] {
			out = append(out, x)
		}
	}
	return out
}

func allEqual(xs []float64) bool { return len(slices.Compact(slices.Clone(xs))) < 2 }

// number returns x, nil if it is not a number.
func number(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

func naiveMean(xs []float64) float64 {
	sum := 0.0
	for _, x := range xs {
		sum += x
	}
	return sum / float64(len(xs))
}

// naiveCovariance is NaN for fewer than two pairs.
func naiveCovariance(xs, ys []float64) float64 {
	if len(xs) < 2 {
		return math.NaN()
	}
	meanX, meanY, sum := naiveMean(xs), naiveMean(ys), 0.0
	for i := range xs {
		sum += (xs[i] - meanX) * (ys[i] - meanY)
	}
	return sum / float64(len(xs)-1)
}

// naiveAttemptsUntilPass returns the number of students by attempts, and 0 for those who did not pass.
func naiveAttemptsUntilPass(results []analyzedResult) map[int]int {
	first := map[int64]int{}
	for _, r := range results {
		students := []int64{r.User.CanvasID}
		for _, u := range r.Group {
			students = append(students, u.CanvasID)
		}
		for _, s := range students {
			before := first[s]
			first[s] = before
			if r.State == "DONE" && r.Accepted != nil && *r.Accepted && (before == 0 || r.Attempt < before) {
				first[s] = r.Attempt
			}
		}
	}
	counts := map[int]int{}
	for _, attempt := range first {
		counts[attempt]++
	}
	return counts
}

type naiveTransition struct {
	from          int
	task          string
	before, after bool
}

// naiveTransitions counts the transitions between successive attempts.
func naiveTransitions(results []analyzedResult) map[naiveTransition]int {
	counts := map[naiveTransition]int{}
	results = done(results, false)
	for _, r := range results {
		var next *analyzedResult
		for _, o := range results {
			if o.User == r.User && o.Attempt > r.Attempt && (next == nil || o.Attempt < next.Attempt) {
				next = &o
			}
		}
		if next == nil {
			continue
		}
		for _, before := range r.Steps {
			for _, after := range next.Steps {
				if before.TaskID == after.TaskID && !isSkip(before) && !isSkip(after) {
					counts[naiveTransition{r.Attempt, before.TaskID, before.Accepted, after.Accepted}]++
				}
			}
		}
	}
	return counts
}

func isSkip(s analyzedStep) bool { return s.Outcome != nil && *s.Outcome == "SKIP" }
