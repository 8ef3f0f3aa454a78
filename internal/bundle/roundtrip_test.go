package bundle

import (
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestRoundTrip writes results of any content, as XML and in a zip, and reads
// them back.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		want := rapid.SliceOfN(rapid.Custom(drawResult), 0, 8).Draw(rt, "results")
		doc := writeResults(want)
		data := []byte(doc)
		if rapid.Bool().Draw(rt, "zipped") {
			data = pack(t, "a/b.txt", "b", "result.xml", doc)
		}
		b, err := open(data)
		if err != nil {
			rt.Fatalf("Open(%s) = %v", doc, err)
		}
		got := b.Results().Results
		if !slices.EqualFunc(got, want, sameResult) {
			rt.Fatalf("Open(%s) = %+v, want %+v", doc, got, want)
		}
		checkAssessment(rt, b.Results())
	})
}

func drawResult(t *rapid.T) Result {
	r := Result{
		Step:    rapid.StringMatching(`(finalize|[a-c]{1,2})(\.[0-9]{1,2}){0,2}`).Draw(t, "step"),
		Outcome: rapid.SampledFrom([]Outcome{OutcomePass, OutcomeFail, OutcomeSkip, OutcomeError}).Draw(t, "outcome"),
	}
	r.Properties = rapid.SliceOfN(rapid.Custom(drawProperty), 0, 6).Draw(t, "properties")
	return r
}

func drawProperty(t *rapid.T) Property {
	names := rapid.SampledFrom([]string{"label", "score", "max-score", "secret", "reason", "status", "report", "x", "é<&\""})
	return Property{Name: names.Draw(t, "name"), Value: rapid.OneOf(
		rapid.Just(Value{}),
		rapid.Map(rapid.Bool(), Boolean),
		rapid.Map(rapid.Int64(), Integer),
		rapid.Map(rapid.Float64(), Float),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 1, 9), Bytes),
		rapid.Map(rapid.StringOf(rapid.RuneFrom([]rune("aZ09 \t\n<>&\"'=]é\u2028💚"))), String),
	).Draw(t, "value")}
}

// writeResults writes results the plain way: one section of properties each.
func writeResults(results []Result) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><results xmlns="` + Namespace + `">`)
	for _, r := range results {
		fmt.Fprintf(&b, "\n<result outcome='%s' step='%s'><properties>", r.Outcome, r.Step)
		for _, p := range r.Properties {
			b.WriteString(writeProperty(p))
		}
		b.WriteString("</properties></result>")
	}
	b.WriteString("</results>\n")
	return b.String()
}

func writeProperty(p Property) string {
	name := `<property name="` + escaped(p.Name) + `"`
	switch p.Value.kind {
	case ofNothing:
		return name + "><none/></property>"
	case ofBytes:
		return name + ` encoding="base64">` + base64.StdEncoding.EncodeToString(p.Value.Bytes()) + "</property>"
	case ofText:
		return name + ` value="` + escaped(p.Value.Text()) + `"/>`
	}
	types := map[valueKind]string{ofInteger: "integer", ofFloat: "float", ofBoolean: "boolean"}
	return name + ` type="` + types[p.Value.kind] + `">` + p.Value.Text() + "</property>"
}

func escaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder never fails
	return b.String()
}

func sameResult(a, b Result) bool {
	return a.Step == b.Step && a.Outcome == b.Outcome && slices.Equal(a.Properties, b.Properties)
}

// checkAssessment holds what is true of every assessment.
func checkAssessment(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, r *Results,
) {
	t.Helper()
	a := Assess(r, nil)
	ids := map[string]bool{}
	for _, step := range a.Steps {
		if len(step) == 0 {
			t.Fatalf("Assess has a step without tasks: %v", outline(a))
		}
		for _, task := range step {
			if ids[task.ID] {
				t.Fatalf("Assess has task %s twice: %s", task.ID, outline(a))
			}
			ids[task.ID] = true
			if !json.Valid(task.Details) || task.Label == "" || strings.Contains(string(task.Details), ":null") {
				t.Fatalf("Assess task %s = %+v, want a label and details without null", task.ID, task)
			}
		}
	}
	for _, result := range r.Results {
		if !ids[result.Step] {
			t.Fatalf("Assess lost task %s: %s", result.Step, outline(a))
		}
	}
	if a.Accepted && a.HasError {
		t.Fatalf("Assess = %+v, want accepted or an error, not both", a)
	}
}
