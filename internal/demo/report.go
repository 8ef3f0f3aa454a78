package demo

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"html"
	"strings"
)

// report is a block of HTML for the reader of a result.
type report struct {
	html     string
	encoding string // base64, quopri, or "" for text
}

// attachment is a file that a task left behind.
type attachment struct {
	name, class, media string
	content            []byte
	hash               string // the algorithm to give a digest of, or ""
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

// illustrate gives a task what it has to show.
func (s *sitting) illustrate(m *mark, sub *submission) {
	switch {
	case m.step.does == tests:
		s.showTest(m, sub)
	case m.step.does == remarks && m.outcome == "fail":
		m.reports = s.remarks()
	case m.step.does == guards && m.outcome == "fail":
		m.reports = []report{{"<p>Nothing was run:</p><pre>" + html.EscapeString(m.reason) + "</pre>", "base64"}}
	case m.step.does == watches && m.step.secret:
		m.status = fmt.Sprintf("%d %% like another submission", 3+s.IntN(60))
		m.reports = []report{{"<p>For teachers only: " + m.status + ".</p>", "quopri"}}
	case m.step.does == watches && s.IntN(6) == 0:
		m.warning = "The option “timeout” is old; write “time-limit”"
	}
}

// showTest shows what a test printed.
func (s *sitting) showTest(m *mark, sub *submission) {
	hash := []string{"", "sha256", "md5", "sha1"}[s.IntN(4)]
	printed := fmt.Sprintf("%s %s\n%s\n", s.a.slug, cases[m.n%len(cases)], strings.Repeat("· ", 3+s.IntN(12)))
	if m.outcome == "pass" && m.n > 0 {
		return
	}
	if m.outcome == "fail" {
		printed += m.reason + "\n"
		m.reports = []report{{diff(m.reason, printed), "quopri"}}
	}
	m.files = append(m.files, attachment{"out.txt", "output", "text/plain", []byte(printed), hash})
	if sub.attempt == 1 && s.IntN(9) == 0 {
		// Some checklets put what a program prints into their report as it is.
		m.reports = append(m.reports, report{`<p>Your program printed:</p><script>document.title = "from a submission"</script>`, "quopri"})
	}
	if s.IntN(5) == 0 {
		page := "<!DOCTYPE html>\n<title>" + html.EscapeString(m.label) + "</title>\n" + diff(m.reason, printed) + "\n"
		m.files = append(m.files, attachment{"report.html", "report", "text/html", []byte(page), hash})
	}
}

func diff(reason, printed string) string {
	return "<table class=\"diff\">\n<tr><th>Result</th><td>" + html.EscapeString(reason) +
		"</td></tr>\n<tr><th>Printed</th><td><pre>" + html.EscapeString(printed) + "</pre></td></tr>\n</table>"
}

// remarks are two blocks: a heading, and a list.
func (s *sitting) remarks() []report {
	said := []string{"line longer than 79 characters", "unused variable “tmp”", "function without a comment", "magic number 42", "too many branches"}
	var b strings.Builder
	for range 2 + s.IntN(3) {
		fmt.Fprintf(&b, "<li>Line %d: %s</li>", 1+s.IntN(60), said[s.IntN(len(said))])
	}
	return []report{{"<h3>Remarks on your style</h3>", ""}, {"<ul>" + b.String() + "</ul>", "quopri"}}
}

// overview gives the step that decides a summary and, for some, a picture.
func (s *sitting) overview(m *mark, v *verdict) {
	if v.failed {
		return
	}
	m.reports = []report{{fmt.Sprintf("<p><b>%s</b>: %s.</p>", s.a.slug, html.EscapeString(v.reason)), ""}}
	if v.tested > 0 && s.IntN(3) == 0 {
		m.files = []attachment{{"overview.png", "image", "image/png", s.bar(v.passed, v.tested), "sha256"}}
	}
}
