package graph_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// This file groups the nodes of a list as simply as possible.

// A groupList is the answer of the field groups.
type groupList struct {
	TotalCount int
	Truncated  bool
	Nodes      []struct {
		Key   map[string]any
		Stats map[string]any
	}
}

// groupKeys has the selection of each key, and its values for a result. The values sort as the key does.
var groupKeys = map[string]struct {
	selection string
	values    func(r figuresResult, zone *time.Location) []any
}{
	"ASSIGNMENT": {"assignment { canvasId }", func(r figuresResult, _ *time.Location) []any { return []any{float64(r.Assignment.CanvasID)} }},
	"SECTION": {"section { canvasId }", func(r figuresResult, _ *time.Location) (values []any) {
		for _, id := range r.SectionCanvasIDs {
			values = append(values, id)
		}
		if values == nil {
			return []any{nil}
		}
		return values
	}},
	"ATTEMPT":  {"attempt", func(r figuresResult, _ *time.Location) []any { return []any{float64(r.Attempt)} }},
	"STATE":    {"state", func(r figuresResult, _ *time.Location) []any { return []any{r.State} }},
	"OUTCOME":  {"outcome", func(r figuresResult, _ *time.Location) []any { return []any{orNull(strings.ToUpper(r.outcome()))} }},
	"REVISION": {"revision", func(r figuresResult, _ *time.Location) []any { return []any{orNullPointer(r.Revision)} }},
	"USER": {"user { canvasId }", func(r figuresResult, _ *time.Location) (values []any) {
		for _, id := range r.students() {
			values = append(values, float64(id))
		}
		return values
	}},
	"HOUR": {"hour", func(r figuresResult, zone *time.Location) []any {
		t := r.SubmittedAt.In(zone)
		_, offset := t.Zone()
		hour := t.Add(-time.Duration((t.Unix()+int64(offset))%3600)*time.Second - time.Duration(t.Nanosecond()))
		return []any{hour.UTC().Format("2006-01-02T15:04:05Z")}
	}},
	"DAY": {"day", func(r figuresResult, zone *time.Location) []any {
		return []any{r.SubmittedAt.In(zone).Format(time.DateOnly)}
	}},
	"WEEK": {"week", func(r figuresResult, zone *time.Location) []any {
		t := r.SubmittedAt.In(zone)
		for t.Weekday() != time.Monday {
			t = t.AddDate(0, 0, -1)
		}
		return []any{t.Format(time.DateOnly)}
	}},
	"MONTH": {"month", func(r figuresResult, zone *time.Location) []any {
		return []any{r.SubmittedAt.In(zone).Format("2006-01-") + "01"}
	}},
	"WEEKDAY": {"weekday", func(r figuresResult, zone *time.Location) []any {
		return []any{float64((int(r.SubmittedAt.In(zone).Weekday())+6)%7 + 1)}
	}},
	"SCORE_BAND": {"scoreBand { from }", func(r figuresResult, _ *time.Location) []any {
		if r.Score == nil {
			return []any{nil}
		}
		return []any{math.Floor(*r.Score/bandWidth) * bandWidth}
	}},
}

const bandWidth = 2.5

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func orNullPointer(n *int) any {
	if n == nil {
		return nil
	}
	return float64(*n)
}

// A groupRequest is random arguments of the field groups.
type groupRequest struct {
	by      []string
	zone    *time.Location
	orderBy []string // fields, each with a minus sign for a descending order
	first   int
	// minCount and minPassRate are conditions on groups.
	minCount    int
	minPassRate float64
	// minGroup is the minimum number of students in a group that the caller sees.
	minGroup int
}

func randomGroupRequest(rnd *rand.Rand) groupRequest {
	var names []string
	for name := range groupKeys {
		names = append(names, name)
	}
	slices.Sort(names)
	req := groupRequest{first: 1 + rnd.IntN(8), zone: time.UTC}
	if rnd.IntN(3) > 0 {
		req.first = 1000
	}
	for _, i := range rnd.Perm(len(names))[:1+rnd.IntN(3)] {
		req.by = append(req.by, names[i])
	}
	if slices.Contains(req.by, "REVISION") && !slices.Contains(req.by, "ASSIGNMENT") {
		req.by = append(slices.DeleteFunc(req.by, func(name string) bool { return name != "REVISION" }), "ASSIGNMENT")
	}
	req.zone, _ = time.LoadLocation([]string{"UTC", "Europe/Amsterdam", "Asia/Kolkata", "America/New_York"}[rnd.IntN(4)])
	for range rnd.IntN(3) {
		sign := []string{"", "-"}[rnd.IntN(2)]
		req.orderBy = append(req.orderBy, sign+[]string{"KEY", "COUNT", "STUDENTS", "PASS_RATE", "MEDIAN_SCORE", "MEAN_SCORE", "LATE"}[rnd.IntN(7)])
	}
	if rnd.IntN(4) == 0 {
		req.minCount = 2
	}
	if rnd.IntN(4) == 0 {
		req.minPassRate = 0.5
	}
	return req
}

// field returns the field of the request.
func (req groupRequest) field() string {
	var orders, selections []string
	for _, o := range req.orderBy {
		name, desc := strings.CutPrefix(o, "-")
		orders = append(orders, fmt.Sprintf("{field: %s, direction: %s}", name, map[bool]string{true: "DESC", false: "ASC"}[desc]))
	}
	for _, name := range req.by {
		selections = append(selections, groupKeys[name].selection)
	}
	having := ""
	if req.minCount > 0 {
		having += fmt.Sprintf("countFrom: %d ", req.minCount)
	}
	if req.minPassRate > 0 {
		having += fmt.Sprintf("passRateFrom: %g", req.minPassRate)
	}
	return fmt.Sprintf(`groups(by: [%s], timeZone: %q, scoreBandWidth: %g, orderBy: [%s], first: %d, having: {%s}) {
		totalCount truncated nodes { key { %s } stats { count students late passRate score { count mean median max min } } } } `,
		strings.Join(req.by, ", "), req.zone, bandWidth, strings.Join(orders, ", "), req.first, having, strings.Join(selections, " "))
}

// A naiveGroup is the results with the same values of a key.
type naiveGroup struct {
	key     []any
	results []figuresResult
	stats   map[string]any
}

// groups returns the groups of results, all of them in their order.
func (req groupRequest) groups(results []figuresResult) (groups []*naiveGroup) {
	for _, r := range results {
		for _, key := range req.keys(r) {
			i := slices.IndexFunc(groups, func(g *naiveGroup) bool { return slices.Equal(g.key, key) })
			if i < 0 {
				i, groups = len(groups), append(groups, &naiveGroup{key: key})
			}
			groups[i].results = append(groups[i].results, r)
		}
	}
	groups = slices.DeleteFunc(groups, func(g *naiveGroup) bool { return submitters(g.results, nil) < req.minGroup })
	for _, g := range groups {
		g.stats = protectedStats(g.results, req.minGroup)
		if slices.Contains(req.by, "USER") {
			g.stats["students"] = 1.0
		}
	}
	groups = slices.DeleteFunc(groups, func(g *naiveGroup) bool {
		rate, ok := g.stats["passRate"].(float64)
		return len(g.results) < req.minCount || req.minPassRate > 0 && (!ok || rate < req.minPassRate)
	})
	slices.SortFunc(groups, req.compare)
	return groups
}

// keys returns the keys of the groups that a result belongs to.
func (req groupRequest) keys(r figuresResult) [][]any {
	keys := [][]any{nil}
	for _, name := range req.by {
		var longer [][]any
		for _, key := range keys {
			for _, value := range groupKeys[name].values(r, req.zone) {
				longer = append(longer, append(slices.Clone(key), value))
			}
		}
		keys = longer
	}
	return keys
}

func (req groupRequest) compare(a, b *naiveGroup) int {
	figures := map[string]func(g *naiveGroup) any{
		"COUNT":    func(g *naiveGroup) any { return g.stats["count"] },
		"STUDENTS": func(g *naiveGroup) any { return g.stats["students"] }, "LATE": func(g *naiveGroup) any { return g.stats["late"] },
		"PASS_RATE":    func(g *naiveGroup) any { return g.stats["passRate"] },
		"MEAN_SCORE":   func(g *naiveGroup) any { return g.stats["score"].(map[string]any)["mean"] },
		"MEDIAN_SCORE": func(g *naiveGroup) any { return g.stats["score"].(map[string]any)["median"] },
	}
	for _, o := range append(slices.Clone(req.orderBy), "KEY") {
		name, desc := strings.CutPrefix(o, "-")
		if figure := figures[name]; figure != nil {
			if c := compareFigures(figure(a), figure(b), desc); c != 0 {
				return c
			}
			continue
		}
		for i := range a.key {
			if c := compareFigures(a.key[i], b.key[i], desc); c != 0 {
				return c
			}
		}
	}
	return 0
}

// compareFigures compares two values; null follows all others.
func compareFigures(a, b any, desc bool) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	c := 0
	if text, ok := a.(string); ok {
		c = cmp.Compare(sortableName(text), sortableName(b.(string)))
	} else {
		c = cmp.Compare(a.(float64), b.(float64))
	}
	if desc {
		return -c
	}
	return c
}

// sortableName returns a text that sorts like the value of an enum.
func sortableName(value string) string {
	if i := slices.Index([]string{"PAUSED", "QUEUED", "PROCESSING", "DONE", "ACCEPTED", "REJECTED", "ERROR"}, value); i >= 0 {
		return fmt.Sprint(i)
	}
	return value
}

// diff returns the differences of an answer from the groups of the nodes.
func (req groupRequest) diff(got groupList, results []figuresResult) string {
	want := req.groups(results)
	if got.TotalCount != len(want) || got.Truncated != (len(want) > req.first) || len(got.Nodes) != min(len(want), req.first) {
		return fmt.Sprintf("%d groups, totalCount %d, truncated %v, want %d groups", len(got.Nodes), got.TotalCount, got.Truncated, len(want))
	}
	var diffs []string
	for i, g := range got.Nodes {
		for k, name := range req.by {
			selection := strings.Fields(groupKeys[name].selection)
			value := g.Key[selection[0]]
			if object, ok := value.(map[string]any); ok {
				value = object[selection[2]]
			}
			diffFigures(fmt.Sprintf("key %d %s", i, name), value, want[i].key[k], &diffs)
		}
		stats := map[string]any{"score": map[string]any{}}
		for name := range g.Stats {
			stats[name] = want[i].stats[name]
		}
		score := map[string]any{}
		for name := range g.Stats["score"].(map[string]any) {
			score[name] = want[i].stats["score"].(map[string]any)[name]
		}
		stats["score"] = score
		diffFigures(fmt.Sprintf("group %d", i), g.Stats, stats, &diffs)
	}
	return strings.Join(diffs, "\n")
}
