package demo

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"html"
	"strings"
)

// report is a block of HTML in a result.
type report struct {
	html     string
	encoding string // base64, quopri, or "" for text
}

// attachment is an output file of a task.
type attachment struct {
	name, class, media string
	content            []byte
	hash               string // the algorithm of the digest, or "" for no digest
}

// digest returns the content's hash in hexadecimal.
func (a *attachment) digest() string {
	switch a.hash {
	case "md5":
		return fmt.Sprintf("%x", md5.Sum(a.content))
	case "sha1":
		return fmt.Sprintf("%x", sha1.Sum(a.content))
	case "sha256":
		return fmt.Sprintf("%x", sha256.Sum256(a.content))
	}
	return ""
}

// addReports adds reports, warnings and files to the result of a task.
func (ag *assignmentGenerator) addReports(tr *taskResult, sub *submission) {
	switch {
	case tr.step.role == test:
		ag.addTestOutput(tr, sub)
	case tr.step.role == styleCheck && tr.outcome == "fail":
		tr.reports = ag.styleReports()
	case tr.step.role == gate && tr.outcome == "fail":
		tr.reports = []report{{"<p>Nothing was run:</p><pre>" + html.EscapeString(tr.reason) + "</pre>", "base64"}}
	case tr.step.role == notice && tr.step.secret:
		tr.status = fmt.Sprintf("%d %% like another submission", 3+ag.IntN(60))
		tr.reports = []report{{"<p>For teachers only: " + tr.status + ".</p>", "quopri"}}
	case tr.step.role == notice && ag.IntN(6) == 0:
		tr.warning = "The option “timeout” is old; write “time-limit”"
	}
}

// addTestOutput adds the output of a test.
func (ag *assignmentGenerator) addTestOutput(tr *taskResult, sub *submission) {
	hash := []string{"", "sha256", "md5", "sha1"}[ag.IntN(4)]
	output := fmt.Sprintf("%s %s\n%s\n", ag.assignment.slug, testCases[tr.index%len(testCases)], strings.Repeat("· ", 3+ag.IntN(12)))
	if tr.outcome == "pass" && tr.index > 0 {
		return
	}
	if tr.outcome == "fail" {
		output += tr.reason + "\n"
		tr.reports = []report{{diff(tr.reason, output), "quopri"}}
	}
	tr.files = append(tr.files, attachment{"out.txt", "output", "text/plain", []byte(output), hash})
	if sub.attempt == 1 && ag.IntN(9) == 0 {
		// Some checklets do not escape the output of a program in their report.
		tr.reports = append(tr.reports, report{`<p>Your program printed:</p><script>document.title = "from a submission"</script>`, "quopri"})
	}
	if ag.IntN(5) == 0 {
		page := "<!DOCTYPE html>\n<title>" + html.EscapeString(tr.label) + "</title>\n" + diff(tr.reason, output) + "\n"
		tr.files = append(tr.files, attachment{"report.html", "report", "text/html", []byte(page), hash})
	}
}

func diff(reason, output string) string {
	return "<table class=\"diff\">\n<tr><th>Result</th><td>" + html.EscapeString(reason) +
		"</td></tr>\n<tr><th>Printed</th><td><pre>" + html.EscapeString(output) + "</pre></td></tr>\n</table>"
}

// styleReports returns two blocks: a heading and a list of remarks.
func (ag *assignmentGenerator) styleReports() []report {
	remarks := []string{"line longer than 79 characters", "unused variable “tmp”", "function without a comment", "magic number 42", "too many branches"}
	var b strings.Builder
	for range 2 + ag.IntN(3) {
		fmt.Fprintf(&b, "<li>Line %d: %s</li>", 1+ag.IntN(60), remarks[ag.IntN(len(remarks))])
	}
	return []report{{"<h3>Remarks on your style</h3>", ""}, {"<ul>" + b.String() + "</ul>", "quopri"}}
}

// addOverview adds a summary and sometimes a chart to the finalize step.
func (ag *assignmentGenerator) addOverview(tr *taskResult, as *assessment) {
	if as.recipeFailed {
		return
	}
	tr.reports = []report{{fmt.Sprintf("<p><b>%s</b>: %s.</p>", ag.assignment.slug, html.EscapeString(as.reason)), ""}}
	if as.tested > 0 && ag.IntN(3) == 0 {
		tr.files = []attachment{{"overview.png", "image", "image/png", ag.chart(as.passed, as.tested), "sha256"}}
	}
}
