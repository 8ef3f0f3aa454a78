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

// finalize is the step that decides on a submission (Momotor LTI manual).
const finalize = "finalize"

// A mark is what a stand-in says of one task.
type mark struct {
	task, label string
	outcome     string // pass, fail or skip
	counts      bool   // it has a score
	reason      string
	score       float64 // of finalize out of 10, of others out of 1
}

// makeUp decides on every task by the digest of a product: most products are good, some
// fail a few tasks, and some fail a step that must pass, after which nothing runs.
func makeUp(steps []recipeStep, seed [32]byte) []mark {
	dice := rand.New(rand.NewChaCha8(seed))
	odds := [...]float64{1, 1, 0.95, 0.8, 0.6}[dice.IntN(5)]
	var marks []mark
	blocked := false
	for i := range steps {
		s := &steps[i]
		if s.ID == finalize || s.ID == "" || len(marks) > recipeTasks {
			continue
		}
		must := s.Priority == "must-pass"
		fell := false
		for n, id := range s.tasks() {
			m := mark{task: id, label: label(s, id, n), counts: !must, outcome: "pass", score: 1}
			switch {
			case blocked:
				m.outcome, m.score, m.reason = "skip", 0, "Skipped: an earlier step did not pass"
			case must && dice.Float64() > math.Sqrt(odds), !must && dice.Float64() > odds:
				m.outcome, m.score, m.reason = "fail", 0, "Not as expected"
				fell = true
			}
			marks = append(marks, m)
		}
		blocked = blocked || must && fell
	}
	return append(marks, decide(steps, marks, blocked))
}

func label(s *recipeStep, task string, n int) string {
	text := cmp.Or(s.option("", "label"), s.ID)
	if task != s.ID {
		text += " " + strconv.Itoa(n+1)
	}
	return text
}

// decide makes finalize's mark of those of all others.
func decide(steps []recipeStep, marks []mark, blocked bool) mark {
	passed, of := 0, 0
	for _, m := range marks {
		if m.counts {
			of++
			passed += int(m.score)
		}
	}
	m := mark{task: finalize, label: "Result", counts: true, score: 10, outcome: "pass"}
	for i := range steps {
		if steps[i].ID == finalize {
			m.label = label(&steps[i], finalize, 0)
		}
	}
	if of > 0 {
		m.score = math.Round(100*float64(passed)/float64(of)) / 10
	}
	if blocked {
		m.score = 0
	}
	if m.score < 5.5 {
		m.outcome = "fail"
	}
	m.reason = fmt.Sprintf("%d of %d tasks pass, says a %s", passed, of, standInName)
	return m
}

// resultsXML writes marks as a results bundle without attachments (Momotor bundle format).
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
			property(&b, "report", "string", "<p>Nothing was run: this verdict is made up by a "+standInName+".</p>")
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
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes all
	return b.String()
}
