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

// Results of any content, as XML and in a zip, are read as they were written.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		want := rapid.SliceOfN(rapid.Custom(drawResult), 0, 8).Draw(rt, "results")
		doc := formatResults(want)
		data := []byte(doc)
		if rapid.Bool().Draw(rt, "zipped") {
			data = makeZip(t, "a/b.txt", "b", "result.xml", doc)
		}
		b, err := openBundle(data)
		if err != nil {
			rt.Fatalf("Open(%s) = %v", doc, err)
		}
		got := b.Results().Results
		if !slices.EqualFunc(got, want, equalResults) {
			rt.Fatalf("Open(%s) = %+v, want %+v", doc, got, want)
		}
		checkAssessment(rt, b.Results())
	})
}

func drawResult(t *rapid.T) Result {
	r := Result{
		TaskID:  rapid.StringMatching(`(finalize|[a-c]{1,2})(\.[0-9]{1,2}){0,2}`).Draw(t, "step"),
		Outcome: rapid.SampledFrom([]Outcome{OutcomePass, OutcomeFail, OutcomeSkip, OutcomeError}).Draw(t, "outcome"),
	}
	r.Properties = rapid.SliceOfN(rapid.Custom(drawProperty), 0, 6).Draw(t, "properties")
	return r
}

func drawProperty(t *rapid.T) Property {
	memberNames := rapid.SampledFrom([]string{"label", "score", "max-score", "secret", "reason", "status", "report", "x", "é<&\""})
	return Property{Name: memberNames.Draw(t, "name"), Value: rapid.OneOf(
		rapid.Just(Value{}),
		rapid.Map(rapid.Bool(), Boolean),
		rapid.Map(rapid.Int64(), Integer),
		rapid.Map(rapid.Float64(), Float),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 1, 9), Bytes),
		rapid.Map(rapid.StringOf(rapid.RuneFrom([]rune("aZ09 \t\n<>&\"'=]é\u2028💚"))), String),
	).Draw(t, "value")}
}

// formatResults formats each result with one section of properties.
func formatResults(results []Result) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><results xmlns="` + Namespace + `">`)
	for _, r := range results {
		fmt.Fprintf(&b, "\n<result outcome='%s' step='%s'><properties>", r.Outcome, r.TaskID)
		for _, p := range r.Properties {
			b.WriteString(formatProperty(p))
		}
		b.WriteString("</properties></result>")
	}
	b.WriteString("</results>\n")
	return b.String()
}

func formatProperty(p Property) string {
	name := `<property name="` + escapeXML(p.Name) + `"`
	switch p.Value.kind {
	case valueNull:
		return name + "><none/></property>"
	case valueBytes:
		return name + ` encoding="base64">` + base64.StdEncoding.EncodeToString(p.Value.Bytes()) + "</property>"
	case valueString:
		return name + ` value="` + escapeXML(p.Value.Text()) + `"/>`
	}
	types := map[valueKind]string{valueInteger: "integer", valueFloat: "float", valueBoolean: "boolean"}
	return name + ` type="` + types[p.Value.kind] + `">` + p.Value.Text() + "</property>"
}

func escapeXML(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder never fails
	return b.String()
}

func equalResults(a, b Result) bool {
	return a.TaskID == b.TaskID && a.Outcome == b.Outcome && slices.Equal(a.Properties, b.Properties)
}

// checkAssessment checks the invariants of every assessment.
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
			t.Fatalf("Assess has a step without tasks: %v", taskIDs(a))
		}
		for _, task := range step {
			if ids[task.ID] {
				t.Fatalf("Assess has task %s twice: %s", task.ID, taskIDs(a))
			}
			ids[task.ID] = true
			if !json.Valid(task.Details) || task.Label == "" || strings.Contains(string(task.Details), ":null") {
				t.Fatalf("Assess task %s = %+v, want a label and details without null", task.ID, task)
			}
		}
	}
	for _, result := range r.Results {
		if !ids[result.TaskID] {
			t.Fatalf("Assess lost task %s: %s", result.TaskID, taskIDs(a))
		}
	}
	if a.Accepted && a.HasError {
		t.Fatalf("Assess = %+v, want accepted or an error, not both", a)
	}
}
