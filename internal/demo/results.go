package demo

import (
	"fmt"
	"strconv"
)

// resultsXML writes what was found as the XML of a results bundle, and lists
// the attachments that it names. A full bundle has them all, a basic one only
// those of up to most bytes.
func (s *sitting) resultsXML(id string, v *verdict, most int) ([]byte, []member) {
	d := newDocument("results", id)
	d.start("meta")
	d.text("generator", "resultgraph demo data")
	d.end()
	var attachments []member
	for i := range v.marks {
		attachments = append(attachments, s.result(d, &v.marks[i], v, most)...)
	}
	return d.bytes(), attachments
}

func (s *sitting) result(d *document, m *mark, v *verdict, most int) []member {
	d.start("result", "step", m.id(), "outcome", m.outcome)
	defer d.end()
	d.start("properties")
	property(d, "label", m.label)
	property(d, "status", m.status)
	property(d, "reason", m.reason)
	if m.step.secret || m.step.does == finishes && s.a.is(exam) {
		d.yes("property", "name", "secret")
	}
	if m.step.hidden {
		d.empty("property", "name", "hidden", "type", "boolean", "value", "true")
	}
	s.numbers(d, m, v)
	explain(d, m)
	d.end()
	return attach(d, m, most)
}

// numbers writes the points of a task, or of the whole submission.
func (s *sitting) numbers(d *document, m *mark, v *verdict) {
	switch {
	case m.step.does == finishes && !v.failed:
		number(d, "score", v.score)
		if v.scoreReviewer != v.score {
			number(d, "score_reviewer", v.scoreReviewer)
		}
	case m.scored() && m.outcome != "skip":
		number(d, "score", m.score)
	}
	if m.scored() {
		number(d, "max-score", m.step.points)
	}
}

// explain writes what else there is to say: why a task did not run, warnings,
// and the report in one block or several.
func explain(d *document, m *mark) {
	if m.outcome == "skip" {
		d.yes("property", "name", "skipped")
		d.yes("property", "name", "deps-error")
		property(d, "preflight-trigger", "%any fail => skip-error")
	}
	property(d, "checklet-warning", m.warning)
	for _, r := range m.reports {
		switch r.encoding {
		case "base64":
			d.text("property", inBase64(r.html), "name", "report", "encoding", r.encoding)
		case "quopri":
			d.text("property", inQuopri(r.html), "name", "report", "encoding", r.encoding)
		default:
			d.text("property", r.html, "name", "report")
		}
	}
	if m.step.id == style.id && len(m.reports) > 0 {
		d.text("property", "li { font-family: monospace }", "name", "reportCss")
	}
}

// attach writes the files of a task, at result/<task id>/<name> in a zip.
func attach(d *document, m *mark, most int) []member {
	folder := "result/" + m.id()
	var list []member
	for i := range m.files {
		f := &m.files[i]
		if len(f.content) > most {
			continue
		}
		if list == nil {
			d.start("files", "basesrc", folder)
			defer d.end()
		}
		d.empty("file", "name", f.name, "class", f.class, "type", f.media, "size", strconv.Itoa(len(f.content)), f.hash, f.digest())
		list = append(list, member{folder + "/" + f.name, f.content})
	}
	return list
}

// property writes a text, unless it is empty.
func property(d *document, name, value string) {
	if value != "" {
		d.empty("property", "name", name, "value", value)
	}
}

// number writes points, as an integer where they are one.
func number(d *document, name string, value float64) {
	if value == float64(int(value)) {
		d.empty("property", "name", name, "type", "integer", "value", strconv.Itoa(int(value)))
		return
	}
	d.empty("property", "name", name, "type", "float", "value", fmt.Sprint(value))
}
