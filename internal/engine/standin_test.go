package engine

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const recipe = `<recipe xmlns="http://momotor.org/1.0"><steps>
<step id="compile" priority="must-pass"/>
<step id="run"><options domain="scheduler"><option name="tasks" value="2.2"/></options>
  <options><option name="label" value="Test &lt;1&gt;"/></options></step>
<step id="finalize"><options><option name="label">The end</option></options></step>
</steps></recipe>`

func asset(f Format, content string) Asset {
	return Asset{
		Name: "a bundle", Format: f, Size: int64(len(content)),
		Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil },
	}
}

func zipped(t *testing.T, name, content string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestStandIn asserts that a stand-in returns a result with its name for each task of the recipe.
func TestStandIn(t *testing.T) {
	t.Parallel()
	for _, r := range []Asset{asset(XML, recipe), asset(ZIP, zipped(t, "recipe.xml", recipe))} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			var seen []Progress
			s := StandIn{Dir: t.TempDir(), Pace: 8 * time.Second}
			results, err := s.Evaluate(t.Context(), Submission{Recipe: r, Product: asset(XML, "<product/>"), MaxResultSize: 1 << 20},
				func(p Progress) { seen = append(seen, p) })
			if err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took != 8*time.Second {
				t.Errorf("Evaluate took %v, want 8s", took)
			}
			if want := (Progress{State: Processing, Done: 6, Total: 6}); len(seen) != 8 || seen[0] != (Progress{}) || seen[7] != want {
				t.Errorf("progress = %v, want 8 steps to %v", seen, want)
			}
			text, err := io.ReadAll(results)
			if err != nil || int64(len(text)) != results.Size() || results.Format != XML {
				t.Errorf("results = %d bytes of %v, %v, want %d of XML", len(text), results.Format, err, results.Size())
			}
			checkResults(t, text)
			if err := results.Close(); err != nil {
				t.Error(err)
			}
			if left, _ := os.ReadDir(s.Dir); len(left) > 0 {
				t.Errorf("files left = %v, want none", left)
			}
		})
	}
}

func checkResults(t *testing.T, text []byte) {
	t.Helper()
	var doc struct {
		XMLName   xml.Name `xml:"http://momotor.org/1.0 results"`
		Generator string   `xml:"meta>generator"`
		Result    []struct {
			Step       string `xml:"step,attr"`
			Properties []struct {
				Name  string `xml:"name,attr"`
				Value string `xml:"value,attr"`
			} `xml:"properties>property"`
		} `xml:"result"`
	}
	if err := xml.Unmarshal(text, &doc); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if doc.Generator != standInName {
		t.Errorf("generator = %q, want %q", doc.Generator, standInName)
	}
	var steps []string
	for _, r := range doc.Result {
		steps = append(steps, r.Step)
	}
	if want := []string{"compile", "run.0.0", "run.0.1", "run.1.0", "run.1.1", "finalize"}; !slices.Equal(steps, want) {
		t.Fatalf("steps = %v, want %v", steps, want)
	}
	last := doc.Result[5].Properties
	if last[0].Value != "The end" || !strings.Contains(last[1].Value, standInName) || last[2].Name != "score" || last[3].Name != "score_reviewer" {
		t.Errorf("finalize = %v, want label, reason with the stand-in's name, two scores", last)
	}
}

// TestStandInTasks asserts that the number of tasks of a step is bounded.
func TestStandInTasks(t *testing.T) {
	t.Parallel()
	for option, want := range map[string]int{
		"": 1, "3": 3, "2.3": 6, "200": 200, "201": 1, "200.2": 200, "2.x": 2, "0": 1, "-1": 1,
		"9223372036854775807": 1, "2.9223372036854775807": 2, "4.4611686018427387904": 4, // which overflows to 0
		strings.Repeat("1.", 1_000_000) + "1": 1,
	} {
		var doc struct {
			Step recipeStep `xml:"step"`
		}
		text := `<x><step id="s"><options domain="scheduler"><option name="tasks" value="` + option + `"/></options></step></x>`
		if err := xml.Unmarshal([]byte(text), &doc); err != nil {
			t.Fatal(err)
		}
		ids := doc.Step.tasks()
		if len(ids) != want || len(ids[0]) > 30 {
			t.Errorf("tasks %.20q = %d ids like %.40q, want %d short ids", option, len(ids), ids[0], want)
		}
	}
}

// TestStandInOutcomes asserts that every kind of result occurs, and that equal products have equal
// results.
func TestStandInOutcomes(t *testing.T) {
	t.Parallel()
	steps := []recipeStep{{ID: "compile", Priority: "must-pass"}, {ID: "a"}, {ID: "b"}, {ID: "c"}}
	seen := map[string]int{}
	for i := range byte(200) {
		marks := fakeMarks(steps, [32]byte{i})
		if !slices.Equal(marks, fakeMarks(steps, [32]byte{i})) {
			t.Fatalf("two evaluations of product %d differ", i)
		}
		for _, m := range marks {
			seen[m.task+" "+m.outcome]++
		}
	}
	for _, want := range []string{"compile pass", "compile fail", "a pass", "a fail", "a skip", "finalize pass", "finalize fail"} {
		if seen[want] < 5 {
			t.Errorf("%q occurs in %d of 200 results, want 5 or more", want, seen[want])
		}
	}
}

func TestStandInRejects(t *testing.T) {
	t.Parallel()
	var job *JobFailed
	isJobFailed := func(err error) bool { return errors.As(err, &job) }
	tests := map[string]struct {
		submission Submission
		isWanted   func(error) bool
	}{
		"no XML":    {Submission{Recipe: asset(XML, "<recipe>"), MaxResultSize: 9999}, isJobFailed},
		"no zip":    {Submission{Recipe: asset(ZIP, recipe), MaxResultSize: 9999}, isJobFailed},
		"no recipe": {Submission{Recipe: asset(ZIP, zipped(t, "x.xml", recipe)), MaxResultSize: 9999}, isJobFailed},
		"a config":  {Submission{Recipe: asset(XML, "<config/>"), MaxResultSize: 9999}, isJobFailed},
		"limit":     {Submission{Recipe: asset(XML, recipe), MaxResultSize: 10}, func(err error) bool { return errors.Is(err, ErrTooLarge) }},
	}
	for name, tt := range tests {
		s := StandIn{Dir: t.TempDir(), Wait: func(context.Context, time.Duration) error { return nil }}
		tt.submission.Product = asset(XML, "<product/>")
		if _, err := s.Evaluate(t.Context(), tt.submission, nil); !tt.isWanted(err) {
			t.Errorf("%s: Evaluate = %v, want another kind of error", name, err)
		}
	}
}

func TestStandInCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	var s StandIn
	_, err := s.Evaluate(ctx, Submission{Recipe: asset(XML, recipe), Product: asset(XML, ""), MaxResultSize: 9999}, func(Progress) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Evaluate = %v, want %v", err, context.Canceled)
	}
}
