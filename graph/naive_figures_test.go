package graph_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// This file computes figures from the nodes of a list, as simply as possible.

type figuresCourse struct {
	Results     *figuresList
	User        *struct{ Results figuresList }
	Assignments struct {
		Nodes []struct{ Results *figuresList }
	}
}

// lists returns the lists of an answer.
func (c *figuresCourse) lists() (lists []*figuresList) {
	if c.Results != nil {
		lists = append(lists, c.Results)
	}
	if c.User != nil {
		lists = append(lists, &c.User.Results)
	}
	for _, a := range c.Assignments.Nodes {
		lists = append(lists, a.Results)
	}
	return lists
}

type figuresList struct {
	Nodes  []figuresResult
	Stats  map[string]any
	Groups groupList
}

type figuresResult struct {
	State                            string
	Accepted, HasError               *bool
	IsLate                           bool
	Attempt                          int
	Steps                            []figuresStep
	Revision                         *int
	SubmittedAt                      time.Time
	SectionCanvasIDs                 []float64
	Assignment                       struct{ CanvasID int64 }
	Score, ScorePercent, SecondsLate *float64
	QueuedAt, StartedAt, ProcessedAt *time.Time
	User                             struct{ CanvasID int64 }
	Group                            []struct{ CanvasID int64 }
}

// outcome returns the outcome of a result, "" if it is not processed or unknown.
func (r figuresResult) outcome() string {
	switch {
	case r.State != "DONE":
		return ""
	case r.HasError != nil && *r.HasError:
		return "error"
	case r.Accepted != nil && *r.Accepted:
		return "accepted"
	case r.Accepted != nil:
		return "rejected"
	}
	return ""
}

// students returns the Canvas ids of the students of a result.
func (r figuresResult) students() []int64 {
	ids := []int64{r.User.CanvasID}
	for _, m := range r.Group {
		ids = append(ids, m.CanvasID)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func seconds(from, to *time.Time) *float64 {
	if from == nil || to == nil {
		return nil
	}
	s := to.Sub(*from).Seconds()
	return &s
}

// naiveStats returns the figures of results. Numbers are float64.
func naiveStats(results []figuresResult) map[string]any {
	number := func(value func(figuresResult) *float64) any {
		var values []float64
		for _, r := range results {
			if v := value(r); v != nil {
				values = append(values, *v)
			}
		}
		return naiveNumbers(values)
	}
	count := func(has func(figuresResult) bool) float64 {
		n := 0
		for _, r := range results {
			if has(r) {
				n++
			}
		}
		return float64(n)
	}
	students := map[int64]bool{}
	for _, r := range results {
		for _, id := range r.students() {
			students[id] = true
		}
	}
	out := map[string]any{
		"count": float64(len(results)), "students": float64(len(students)),
		"late": count(func(r figuresResult) bool { return r.IsLate }), "passRate": nil,
		"score":           number(func(r figuresResult) *float64 { return r.Score }),
		"secondsLate":     number(func(r figuresResult) *float64 { return r.SecondsLate }),
		"scorePercent":    naivePercentages(results),
		"attempts":        number(func(r figuresResult) *float64 { n := float64(r.Attempt); return &n }),
		"waitSeconds":     number(func(r figuresResult) *float64 { return seconds(r.QueuedAt, r.StartedAt) }),
		"durationSeconds": number(func(r figuresResult) *float64 { return seconds(r.StartedAt, r.ProcessedAt) }),
	}
	for field, state := range map[string]string{"paused": "PAUSED", "queued": "QUEUED", "processing": "PROCESSING", "processed": "DONE"} {
		out[field] = count(func(r figuresResult) bool { return r.State == state })
	}
	for _, outcome := range []string{"accepted", "rejected", "error"} {
		out[outcome] = count(func(r figuresResult) bool { return r.outcome() == outcome })
	}
	if processed := out["processed"].(float64); processed > 0 {
		out["passRate"] = out["accepted"].(float64) / processed
	}
	return out
}

// naivePercentages returns the fields of the fragment percentages.
func naivePercentages(results []figuresResult) map[string]any {
	var values []float64
	for _, r := range results {
		if r.ScorePercent != nil {
			values = append(values, *r.ScorePercent)
		}
	}
	out := naiveNumbers(values)
	return map[string]any{
		"count": out["count"], "sum": out["sum"], "min": out["min"], "max": out["max"],
		"histogram": naiveHistogram(values, 10, floatPointer(0), floatPointer(100)),
		"from":      naiveHistogram(values, 3, floatPointer(-50), floatPointer(100)),
	}
}

// naiveNumbers returns the fields of numbersFragment.
func naiveNumbers(values []float64) map[string]any {
	slices.Sort(values)
	n, sum, squares := float64(len(values)), 0.0, 0.0
	for _, v := range values {
		sum += v
	}
	for _, v := range values {
		squares += (v - sum/n) * (v - sum/n)
	}
	out := map[string]any{
		"count": n, "sum": nil, "mean": nil, "standardDeviation": nil, "standardDeviationPopulation": nil, "min": nil, "max": nil, "median": nil,
		"percentiles": nil, "histogram": naiveHistogram(values, 4, nil, nil), "bounded": naiveHistogram(values, 3, floatPointer(0), floatPointer(8)),
		"from": naiveHistogram(values, 10, floatPointer(3), nil),
	}
	if n == 0 {
		return out
	}
	out["sum"], out["mean"], out["min"], out["max"], out["median"] = sum, sum/n, values[0], values[len(values)-1], naivePercentile(values, 0.5)
	out["standardDeviationPopulation"] = math.Sqrt(squares / n)
	if n > 1 {
		out["standardDeviation"] = math.Sqrt(squares / (n - 1))
	}
	var percentiles []any
	for _, p := range []float64{0, 0.1, 0.75, 1} {
		percentiles = append(percentiles, naivePercentile(values, p))
	}
	out["percentiles"] = percentiles
	return out
}

func naivePercentile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	below := sorted[int(at)]
	above := sorted[min(int(at)+1, len(sorted)-1)]
	return below + (at-float64(int(at)))*(above-below)
}

func naiveHistogram(values []float64, bins int, from, to *float64) map[string]any {
	counts := make([]any, bins)
	for i := range counts {
		counts[i] = 0.0
	}
	out := map[string]any{"edges": nil, "counts": counts, "below": 0.0, "above": 0.0}
	if len(values) == 0 && (from == nil || to == nil) {
		return out
	}
	var low, high float64
	switch {
	case from != nil && to != nil:
		low, high = *from, *to
	case from != nil:
		low, high = *from, max(*from, slices.Max(values))
	default:
		low, high = slices.Min(values), slices.Max(values)
	}
	var edges []any
	for i := range bins + 1 {
		edges = append(edges, low+(high-low)*float64(i)/float64(bins))
	}
	out["edges"] = edges
	for _, v := range values {
		switch {
		case v == high:
			counts[bins-1] = counts[bins-1].(float64) + 1
		case v < low:
			out["below"] = out["below"].(float64) + 1
		case v > high:
			out["above"] = out["above"].(float64) + 1
		default:
			i := bins - 1
			for i > 0 && edges[i].(float64) > v {
				i--
			}
			counts[i] = counts[i].(float64) + 1
		}
	}
	return out
}

func floatPointer(v float64) *float64 { return &v }

// diffStats returns the differences of figures from those of the nodes.
func diffStats(got map[string]any, nodes []figuresResult) string {
	var diffs []string
	diffFigures("stats", got, naiveStats(nodes), &diffs)
	return strings.Join(diffs, "\n")
}

// diffFigures adds the differences between two decoded JSON values. Numbers may differ by the rounding of
// sums, relative to the largest number beside them.
func diffFigures(path string, got, want any, diffs *[]string) {
	switch want := want.(type) {
	case map[string]any:
		object, _ := got.(map[string]any)
		for name, value := range want {
			diffFigures(path+"."+name, withScale(object[name], object), withScale(value, object), diffs)
		}
	case []any:
		list, _ := got.([]any)
		if len(list) != len(want) {
			*diffs = append(*diffs, fmt.Sprintf("%s = %v, want %v", path, got, want))
			return
		}
		for i, value := range want {
			diffFigures(fmt.Sprint(path, "[", i, "]"), list[i], value, diffs)
		}
	case scaled:
		if is, ok := got.(scaled); !ok || math.Abs(is.value-want.value) > 1e-9*max(want.scale, math.Abs(want.value)) {
			*diffs = append(*diffs, fmt.Sprintf("%s = %v, want %v", path, got, want.value))
		}
	case float64:
		if is, ok := got.(float64); !ok || math.Abs(is-want) > 1e-9*max(1, math.Abs(want)) {
			*diffs = append(*diffs, fmt.Sprintf("%s = %v, want %v", path, got, want))
		}
	default:
		if got != want {
			*diffs = append(*diffs, fmt.Sprintf("%s = %v, want %v", path, got, want))
		}
	}
}

// A scaled is a number beside others. The largest of them has the size scale.
type scaled struct{ value, scale float64 }

func withScale(v any, object map[string]any) any {
	f, ok := v.(float64)
	if !ok {
		return v
	}
	scale := 1.0
	for _, name := range []string{"min", "max"} {
		if bound, ok := object[name].(float64); ok {
			scale = max(scale, math.Abs(bound))
		}
	}
	return scaled{f, scale}
}
