package graph_test

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"
)

// This file computes the figures about tasks and the activity from nodes, as simply as possible.

type figuresStep struct {
	TaskID, StepID  string
	Outcome         *string
	Accepted        bool
	HasError        *bool
	Score, MaxScore *float64
}

func (s figuresStep) outcome() string {
	switch {
	case s.Outcome != nil:
		return *s.Outcome
	case s.HasError != nil && *s.HasError:
		return "ERROR"
	case s.Accepted:
		return "PASS"
	}
	return "FAIL"
}

const stepFields = `taskId stepId count passed failed skipped errors passRate facility facilityCount failedFirst medianAttemptsUntilPass studentsPassed
	score { count mean max min standardDeviation } students`

// naiveSteps returns the figures about each task of the picked results of one assignment, by its id and, if
// byRevision is set, the revision. All has the results of all attempts.
func naiveSteps(picked, all []figuresResult, byRevision bool) map[string]map[string]any {
	rows := map[string]map[string]any{}
	values, students, scores, maxima := map[string][]float64{}, map[string]map[int64]bool{}, map[string]float64{}, map[string]float64{}
	name := taskName(byRevision)
	for _, r := range picked {
		failed := false
		for _, s := range r.Steps {
			key := name(r, s)
			row := rows[key]
			if row == nil {
				row = map[string]any{"taskId": s.TaskID, "stepId": s.StepID, "passRate": nil, "facility": nil, "medianAttemptsUntilPass": nil}
				for _, field := range []string{"count", "passed", "failed", "skipped", "errors", "failedFirst", "facilityCount", "studentsPassed"} {
					row[field] = 0.0
				}
				rows[key], students[key] = row, map[int64]bool{}
			}
			add := func(field string) { row[field] = row[field].(float64) + 1 }
			add("count")
			add(map[string]string{"PASS": "passed", "FAIL": "failed", "SKIP": "skipped", "ERROR": "errors"}[s.outcome()])
			if !failed && (s.outcome() == "FAIL" || s.outcome() == "ERROR") {
				failed = true
				add("failedFirst")
			}
			for _, id := range r.students() {
				students[key][id] = true
			}
			if s.Score != nil {
				values[key] = append(values[key], *s.Score)
			}
			if s.Score != nil && s.MaxScore != nil {
				add("facilityCount")
				scores[key], maxima[key] = scores[key]+*s.Score, maxima[key]+*s.MaxScore
			}
		}
	}
	passedAt := naiveFirstPasses(all, name)
	for key, row := range rows {
		row["students"] = float64(len(students[key]))
		if ran := row["count"].(float64) - row["skipped"].(float64); ran > 0 {
			row["passRate"] = row["passed"].(float64) / ran
		}
		if maxima[key] != 0 {
			row["facility"] = scores[key] / maxima[key]
		}
		if attempts := passedAt[key]; len(attempts) > 0 {
			sort.Float64s(attempts)
			row["medianAttemptsUntilPass"], row["studentsPassed"] = naivePercentile(attempts, 0.5), float64(len(attempts))
		}
		row["score"] = naiveNumbers(values[key])
	}
	return rows
}

// taskName returns the function that names a task and, if byRevision is set, the revision.
func taskName(byRevision bool) func(figuresResult, figuresStep) string {
	return func(r figuresResult, s figuresStep) string {
		if byRevision && r.Revision != nil {
			return fmt.Sprint(s.TaskID, "@", *r.Revision)
		}
		return s.TaskID
	}
}

// naiveFirstPasses returns, by task, the first attempt of each student at which the task passed.
func naiveFirstPasses(all []figuresResult, name func(figuresResult, figuresStep) string) map[string][]float64 {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b figuresResult) int { return a.Attempt - b.Attempt })
	seen, passedAt := map[string]bool{}, map[string][]float64{}
	for _, r := range all {
		for _, s := range r.Steps {
			student := fmt.Sprint(r.User.CanvasID, s.TaskID)
			if s.outcome() == "PASS" && !seen[student] {
				seen[student] = true
				passedAt[name(r, s)] = append(passedAt[name(r, s)], float64(r.Attempt))
			}
		}
	}
	return passedAt
}

// diffSteps returns the differences of the answer of stepStats from the figures of naiveSteps.
func diffSteps(got []map[string]any, want map[string]map[string]any) string {
	var diffs []string
	for _, row := range got {
		key := row["taskId"].(string)
		if revision, ok := row["revision"].(float64); ok {
			key = fmt.Sprint(key, "@", revision)
		}
		naive := map[string]any{}
		for field := range row {
			naive[field] = want[key][field]
		}
		if naive["score"] = map[string]any{}; want[key] != nil {
			score := map[string]any{}
			for field := range row["score"].(map[string]any) {
				score[field] = want[key]["score"].(map[string]any)[field]
			}
			naive["score"] = score
		}
		delete(naive, "revision")
		diffFigures(key, row, naive, &diffs)
	}
	if len(got) != len(want) {
		diffs = append(diffs, fmt.Sprintf("%d tasks, want %d", len(got), len(want)))
	}
	return strings.Join(diffs, "\n")
}

type activityBucket struct {
	Start           time.Time
	Date            string
	Count, Students int
}

// naiveActivity returns the activity of results in days of a time zone.
func naiveActivity(results []figuresResult, zone *time.Location) (buckets []activityBucket) {
	students := map[string]map[int64]bool{}
	counts := map[string]int{}
	for _, r := range results {
		day := r.SubmittedAt.In(zone).Format(time.DateOnly)
		counts[day]++
		if students[day] == nil {
			students[day] = map[int64]bool{}
		}
		for _, id := range r.students() {
			students[day][id] = true
		}
	}
	var days []string
	for day := range counts {
		days = append(days, day)
	}
	slices.Sort(days)
	if days == nil {
		return nil
	}
	at, _ := time.ParseInLocation(time.DateOnly, days[0], zone)
	for ; at.Format(time.DateOnly) <= days[len(days)-1]; at = at.AddDate(0, 0, 1) {
		day := at.Format(time.DateOnly)
		buckets = append(buckets, activityBucket{at.UTC(), day, counts[day], len(students[day])})
	}
	return buckets
}
