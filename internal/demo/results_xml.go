package demo

import (
	"fmt"
	"strconv"
)

// resultsXML returns the XML of a results bundle, and its attachments of at most
// maxBytes bytes.
func (ag *assignmentGenerator) resultsXML(id string, as *assessment, maxBytes int) ([]byte, []member) {
	d := newDocument("results", id)
	d.start("meta")
	d.text("generator", "resultgraph demo data")
	d.end()
	var attachments []member
	for i := range as.tasks {
		attachments = append(attachments, ag.writeTaskResult(d, &as.tasks[i], as, maxBytes)...)
	}
	return d.bytes(), attachments
}

func (ag *assignmentGenerator) writeTaskResult(d *xmlDocument, tr *taskResult, as *assessment, maxBytes int) []member {
	d.start("result", "step", tr.id(), "outcome", tr.outcome)
	defer d.end()
	d.start("properties")
	writeProperty(d, "label", tr.label)
	writeProperty(d, "status", tr.status)
	writeProperty(d, "reason", tr.reason)
	if tr.step.secret || tr.step.role == finalize && ag.assignment.has(exam) {
		d.trueElement("property", "name", "secret")
	}
	if tr.step.hidden {
		d.empty("property", "name", "hidden", "type", "boolean", "value", "true")
	}
	ag.writeScores(d, tr, as)
	writeReports(d, tr)
	d.end()
	return writeFiles(d, tr, maxBytes)
}

// writeScores writes the scores of a task; those of finalize are the scores of
// the submission.
func (ag *assignmentGenerator) writeScores(d *xmlDocument, tr *taskResult, as *assessment) {
	switch {
	case tr.step.role == finalize && !as.recipeFailed:
		writeNumber(d, "score", as.score)
		if as.scoreReviewer != as.score {
			writeNumber(d, "score_reviewer", as.scoreReviewer)
		}
	case tr.hasPoints() && tr.outcome != "skip":
		writeNumber(d, "score", tr.score)
	}
	if tr.hasPoints() {
		writeNumber(d, "max-score", tr.step.points)
	}
}

// writeReports writes why a task was skipped, its warning and its reports.
func writeReports(d *xmlDocument, tr *taskResult) {
	if tr.outcome == "skip" {
		d.trueElement("property", "name", "skipped")
		d.trueElement("property", "name", "deps-error")
		writeProperty(d, "preflight-trigger", "%any fail => skip-error")
	}
	writeProperty(d, "checklet-warning", tr.warning)
	for _, r := range tr.reports {
		switch r.encoding {
		case "base64":
			d.text("property", encodeBase64(r.html), "name", "report", "encoding", r.encoding)
		case "quopri":
			d.text("property", encodeQuotedPrintable(r.html), "name", "report", "encoding", r.encoding)
		default:
			d.text("property", r.html, "name", "report")
		}
	}
	if tr.step.id == style.id && len(tr.reports) > 0 {
		d.text("property", "li { font-family: monospace }", "name", "reportCss")
	}
}

// writeFiles writes the files of a task of at most maxBytes bytes. Their path in
// the zip is result/<task id>/<name>.
func writeFiles(d *xmlDocument, tr *taskResult, maxBytes int) []member {
	folder := "result/" + tr.id()
	var list []member
	for i := range tr.files {
		f := &tr.files[i]
		if len(f.content) > maxBytes {
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

// writeProperty writes a text property, unless the text is empty.
func writeProperty(d *xmlDocument, name, value string) {
	if value != "" {
		d.empty("property", "name", name, "value", value)
	}
}

// writeNumber writes a number, as an integer when it is whole.
func writeNumber(d *xmlDocument, name string, value float64) {
	if value == float64(int(value)) {
		d.empty("property", "name", name, "type", "integer", "value", strconv.Itoa(int(value)))
		return
	}
	d.empty("property", "name", name, "type", "float", "value", fmt.Sprint(value))
}
