package engine

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
)

// finalize is the step with the final result of a submission (Momotor LTI manual).
const finalize = "finalize"

// A mark is the fake result of one task.
type mark struct {
	task, label string
	outcome     string // pass, fail or skip
	counts      bool   // whether it has a score
	reason      string
	score       float64 // out of 10 for finalize, out of 1 for others
}

// fakeMarks returns a mark for each task, derived from the digest of the product. Most products
// pass, some fail a few tasks, and some fail a step that must pass, after which all are skipped.
func fakeMarks(steps []recipeStep, seed [32]byte) []mark {
	random := rand.New(rand.NewChaCha8(seed))
	passRate := [...]float64{1, 1, 0.95, 0.8, 0.6}[random.IntN(5)]
	var marks []mark
	blocked := false
	for i := range steps {
		s := &steps[i]
		if s.ID == finalize || s.ID == "" || len(marks) > maxTasks {
			continue
		}
		mustPass := s.Priority == "must-pass"
		failed := false
		for n, id := range s.tasks() {
			m := mark{task: id, label: label(s, id, n), counts: !mustPass, outcome: "pass", score: 1}
			switch {
			case blocked:
				m.outcome, m.score, m.reason = "skip", 0, "Skipped: an earlier step did not pass"
			case mustPass && random.Float64() > math.Sqrt(passRate), !mustPass && random.Float64() > passRate:
				m.outcome, m.score, m.reason = "fail", 0, "Not as expected"
				failed = true
			}
			marks = append(marks, m)
		}
		blocked = blocked || mustPass && failed
	}
	return append(marks, finalMark(steps, marks, blocked))
}

func label(s *recipeStep, task string, n int) string {
	text := cmp.Or(s.option("", "label"), s.ID)
	if task != s.ID {
		text += " " + strconv.Itoa(n+1)
	}
	return text
}

// finalMark returns the mark of finalize, given those of all other tasks.
func finalMark(steps []recipeStep, marks []mark, blocked bool) mark {
	passed, total := 0, 0
	for _, m := range marks {
		if m.counts {
			total++
			passed += int(m.score)
		}
	}
	m := mark{task: finalize, label: "Result", counts: true, score: 10, outcome: "pass"}
	for i := range steps {
		if steps[i].ID == finalize {
			m.label = label(&steps[i], finalize, 0)
		}
	}
	if total > 0 {
		m.score = math.Round(100*float64(passed)/float64(total)) / 10
	}
	if blocked {
		m.score = 0
	}
	if m.score < 5.5 {
		m.outcome = "fail"
	}
	m.reason = fmt.Sprintf("%d of %d tasks passed, according to a %s", passed, total, standInName)
	return m
}

// resultsXML encodes marks as a results bundle without attachments (Momotor bundle format).
func resultsXML(marks []mark) []byte {
	var b strings.Builder
	b.WriteString(xml.Header + `<results xmlns="http://momotor.org/1.0">` + "\n<meta><generator>" + standInName + "</generator></meta>\n")
	for _, m := range marks {
		fmt.Fprintf(&b, "<result step=\"%s\" outcome=\"%s\"><properties>", escape(m.task), m.outcome)
		property(&b, "label", "string", m.label)
		if m.reason != "" {
			property(&b, "reason", "string", m.reason)
		}
		switch {
		case m.outcome == "skip":
			property(&b, "skipped", "boolean", "true")
		case m.task == finalize:
			property(&b, "score", "float", number(m.score))
			property(&b, "score_reviewer", "float", number(m.score))
			property(&b, "max-score", "float", "10.0")
		case m.counts:
			property(&b, "score", "float", number(m.score))
			property(&b, "max-score", "float", "1.0")
			property(&b, "report", "string", "<p>Nothing was run: this fake result was created by a "+standInName+".</p>")
		}
		b.WriteString("</properties></result>\n")
	}
	b.WriteString("</results>\n")
	return []byte(b.String())
}

func property(b *strings.Builder, name, kind, value string) {
	fmt.Fprintf(b, "<property name=\"%s\" type=\"%s\" value=\"%s\"/>", name, kind, escape(value))
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder returns no error
	return b.String()
}
