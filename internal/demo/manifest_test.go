package demo_test

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/internal/demo"
)

func TestCounts(t *testing.T) {
	t.Parallel()
	d := decode(t, defaultFiles())
	for _, tt := range []struct {
		name      string
		got, want int
	}{
		{"accounts", len(d.accounts), demo.Accounts},
		{"courses", len(d.courses), demo.Courses},
		{"assignments", len(d.assignments), demo.Assignments},
		{"users", len(d.users), demo.Users},
		{"results", len(d.results), demo.DefaultOptions().Results},
	} {
		if tt.got != tt.want {
			t.Errorf("the data set has %d %s, want %d", tt.got, tt.name, tt.want)
		}
	}
	size := 0
	for _, content := range d.files {
		size += len(content)
	}
	if size > 10<<20 {
		t.Errorf("the data set has %d bytes, want at most 10 MB", size)
	}
}

// All references between lines resolve, and no line repeats another.
func TestReferencesResolve(t *testing.T) {
	t.Parallel()
	d := decode(t, defaultFiles())
	known := map[string]bool{}
	add := func(format string, args ...any) {
		t.Helper()
		key := fmt.Sprintf(format, args...)
		if known[key] {
			t.Errorf("%s is repeated", key)
		}
		known[key] = true
	}
	requireKnown := func(format string, args ...any) {
		t.Helper()
		if key := fmt.Sprintf(format, args...); !known[key] {
			t.Errorf("%s is missing, but another line refers to it", key)
		}
	}
	for _, l := range d.accounts {
		add("account %s", l.CanvasGUID)
	}
	for _, l := range d.courses {
		add("course %s %d", l.Account, l.CanvasID)
		requireKnown("account %s", l.Account)
	}
	for _, l := range d.sections {
		add("section %s %d", l.Account, l.CanvasID)
		add("section %s %d of %d", l.Account, l.CanvasID, l.Course)
		requireKnown("course %s %d", l.Account, l.Course)
	}
	for _, l := range d.users {
		add("user %s %d", l.Account, l.CanvasID)
		add("name %s", l.Name)
		requireKnown("account %s", l.Account)
	}
	for _, l := range d.enrollments {
		add("%s %s %d %d %d", l.Role, l.Account, l.Course, l.User, l.Section)
		known[fmt.Sprintf("%s %s %d %d", l.Role, l.Account, l.Course, l.User)] = true
		requireKnown("user %s %d", l.Account, l.User)
		if l.Section != 0 {
			requireKnown("section %s %d of %d", l.Account, l.Section, l.Course)
		}
	}
	for _, l := range d.assignments {
		add("assignment %s %d %d", l.Account, l.Course, l.CanvasID)
		requireKnown("course %s %d", l.Account, l.Course)
	}
	for _, l := range d.results {
		add("result %s %d %d %d %d", l.Account, l.Course, l.Assignment, l.User, l.Attempt)
		requireKnown("assignment %s %d %d", l.Account, l.Course, l.Assignment)
		for _, u := range append([]int64{l.User}, l.Group...) {
			requireKnown("student %s %d %d", l.Account, l.Course, u)
		}
	}
}

// Every path is inside the folder, and the manifest refers to every other file
// exactly once.
func TestPaths(t *testing.T) {
	t.Parallel()
	d := decode(t, defaultFiles())
	unused := map[string]bool{}
	for name := range d.files {
		unused[name] = true
	}
	delete(unused, demo.Manifest)
	for _, l := range append(slices.Clone(d.assignments), d.results...) {
		for _, p := range []string{l.Recipe, l.Config, l.Product, l.Results, l.Basic} {
			if p == "" {
				continue
			}
			if !fs.ValidPath(p) || path.Clean(p) != p || !unused[p] {
				t.Errorf("%q is not a unique path to a file in the folder", p)
			}
			delete(unused, p)
		}
	}
	for name := range unused {
		t.Errorf("no line refers to %s", name)
	}
}

// The fields of a result match its state, and its times are in order.
func TestResultLines(t *testing.T) {
	t.Parallel()
	d := decode(t, defaultFiles())
	snapshot := time.Date(2026, time.November, 4, 14, 30, 0, 0, time.UTC)
	attempts := map[string]line{}
	for _, l := range d.results {
		name := fmt.Sprintf("result %d/%d/%d/%d", l.Course, l.Assignment, l.User, l.Attempt)
		times := slices.DeleteFunc([]time.Time{l.SubmittedAt, l.QueuedAt, l.StartedAt, l.ProcessedAt, snapshot}, time.Time.IsZero)
		if want := map[string]int{"paused": 2, "queued": 3, "processing": 4, "done": 5}[l.State]; len(times) != want || !slices.IsSortedFunc(times, time.Time.Compare) {
			t.Errorf("%s: %s with the times %v, want %d in order", name, l.State, times, want)
		}
		if l.Progress != nil && (*l.Progress <= 0 || *l.Progress > 1 || (*l.Progress == 1) != (l.State == "done")) {
			t.Errorf("%s: %s with progress %v", name, l.State, *l.Progress)
		}
		bundles := l.Results != "" || l.Basic != ""
		if (l.State == "done") != (bundles || l.Accepted != nil) || bundles && (l.Accepted != nil || l.Steps != nil) {
			t.Errorf("%s: %s with bundles %v and steps %v, want one of them if and only if it is done", name, l.State, bundles, len(l.Steps))
		}
		if l.Steps != nil {
			checkSteps(t, name, len(l.Steps), len(slices.Concat(l.Steps...)), l.Label == "Recipe error")
		}
		for kind, p := range map[string]string{"basic": l.Basic, "full": l.Results, "product": l.Product} {
			if p != "" && slices.Contains(l.Gone, kind) {
				t.Errorf("%s: %s is both present and gone", name, kind)
			}
		}
		if l.Group != nil && (l.Group[0] != l.User || len(l.Group) < 2 || len(l.Group) > 4) {
			t.Errorf("%s: the group is %v, want two to four with %d", name, l.Group, l.User)
		}
		if want := fmt.Sprintf("/courses/%d/assignments/%d/submissions/%d?preview=1&version=%d", l.Course, l.Assignment, l.User, l.Attempt); !strings.HasSuffix(l.PreviewURL, want) {
			t.Errorf("%s: preview_url = %s, want …%s", name, l.PreviewURL, want)
		}
		before := attempts[path.Dir(name)]
		if l.Attempt != before.Attempt+1 || !l.SubmittedAt.After(before.SubmittedAt) || !slices.Equal(l.Group, before.Group) && before.Attempt > 0 {
			t.Errorf("%s of %v follows attempt %d of %v", name, l.SubmittedAt, before.Attempt, before.SubmittedAt)
		}
		attempts[path.Dir(name)] = l
	}
}

func checkSteps(t *testing.T, name string, steps, tasks int, recipeError bool) {
	t.Helper()
	if recipeError {
		steps++ // finalize may be missing
	}
	if steps < demo.MinSteps || tasks < demo.MinSteps || tasks > demo.MaxSteps {
		t.Errorf("%s has %d steps with %d tasks, want %d to %d", name, steps, tasks, demo.MinSteps, demo.MaxSteps)
	}
}
