package importer

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"github.com/momotor/resultgraph/db/ingest"
)

// MaxRejections limits the rejections that a report lists. It counts all of them.
const MaxRejections = 10_000

// A Report is the result of an import.
type Report struct {
	// Counts has one element for each type in the manifest, in the order of import. Lines of
	// unknown types come last, with the type "".
	Counts []Count
	// Rejections are the first MaxRejections rejections, sorted by line.
	Rejections []Rejection
	Elapsed    time.Duration

	byType       map[string]*Count
	missingFiles atomic.Int64
}

// MissingFiles returns the number of bundles of an export whose files are missing or damaged. Their rows
// are imported.
func (r *Report) MissingFiles() int64 { return r.missingFiles.Load() }

// A Count counts the lines of one type by result.
type Count struct {
	Type                                  string
	Created, Updated, Unchanged, Rejected int
}

// A Rejection is a line that was not imported, and the reason.
type Rejection struct {
	File   string // path in the import folder
	Line   int
	Item   string // type and natural key, as far as the line has them
	Reason string
}

// String returns the rejection on one line, as FILE:LINE: item: reason.
func (r Rejection) String() string {
	place := r.File + ":" + strconv.Itoa(r.Line) + ": "
	if r.Item != "" {
		place += r.Item + ": "
	}
	return place + r.Reason
}

func newReport() *Report { return &Report{byType: map[string]*Count{}} }

func (r *Report) countOf(typ string) *Count {
	c := r.byType[typ]
	if c == nil {
		c = &Count{Type: typ}
		r.byType[typ] = c
	}
	return c
}

func (r *Report) count(typ string, change ingest.Change) {
	switch c := r.countOf(typ); change {
	case ingest.Created:
		c.Created++
	case ingest.Updated:
		c.Updated++
	case ingest.Unchanged:
		c.Unchanged++
	}
}

func (r *Report) addRejection(typ string, rejection Rejection) {
	r.countOf(typ).Rejected++
	if len(r.Rejections) < MaxRejections {
		r.Rejections = append(r.Rejections, rejection)
	}
}

func (r *Report) finish(elapsed time.Duration) {
	for _, typ := range append(slices.Clone(lineTypes()), "") {
		if c := r.byType[typ]; c != nil {
			r.Counts = append(r.Counts, *c)
		}
	}
	slices.SortStableFunc(r.Rejections, func(a, b Rejection) int { return cmp.Compare(a.Line, b.Line) })
	r.Elapsed = elapsed
}

// RejectedLines returns the number of rejected lines, which may exceed the number of
// Rejections.
func (r *Report) RejectedLines() int {
	n := 0
	for _, c := range r.Counts {
		n += c.Rejected
	}
	return n
}

// String returns the report as text: a table of the counts, and one line per rejection.
func (r *Report) String() string {
	var b strings.Builder
	r.WriteTo(&b)
	return b.String()
}

// WriteTo writes String to w.
func (r *Report) WriteTo(w io.Writer) (int64, error) {
	var b strings.Builder
	r.writeTable(&b)
	for _, rejection := range r.Rejections {
		fmt.Fprintln(&b, rejection)
	}
	if more := r.RejectedLines() - len(r.Rejections); more > 0 {
		fmt.Fprintf(&b, "and %d more\n", more)
	}
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}

func (r *Report) writeTable(b *strings.Builder) {
	lines := 0
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "          \tcreated\tupdated\tunchanged\trejected\t")
	for _, c := range r.Counts {
		fmt.Fprintf(t, "%-10s\t%d\t%d\t%d\t%d\t\n", cmp.Or(c.Type, "no type"), c.Created, c.Updated, c.Unchanged, c.Rejected)
		lines += c.Created + c.Updated + c.Unchanged + c.Rejected
	}
	t.Flush() // writes to memory do not fail
	fmt.Fprintf(b, "%d lines in %s\n", lines, r.Elapsed.Round(time.Millisecond))
}
