package importer

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/momotor/resultgraph/db/ingest"
)

// MaxRefusals is how many refusals a report keeps; it counts all of them.
const MaxRefusals = 10_000

// A Report says what an import did.
type Report struct {
	// Counts has the types that the manifest has, in the order of the format. Refused lines
	// that have no known type come last, under the type "".
	Counts []Count
	// Refusals are the first MaxRefusals that were found, by line.
	Refusals []Refusal
	Elapsed  time.Duration

	byType map[string]*Count
}

// A Count is what became of the lines of one type.
type Count struct {
	Type                                 string
	Created, Updated, Unchanged, Refused int
}

// A Refusal is a line that was not taken in, and why.
type Refusal struct {
	File   string // within the import folder
	Line   int
	Item   string // its type and natural key, as far as the line tells them
	Reason string
}

// String is the refusal on one line, as FILE:LINE: item: reason.
func (r Refusal) String() string {
	place := r.File + ":" + strconv.Itoa(r.Line) + ": "
	if r.Item != "" {
		place += r.Item + ": "
	}
	return place + r.Reason
}

func newReport() *Report { return &Report{byType: map[string]*Count{}} }

func (r *Report) of(typ string) *Count {
	c := r.byType[typ]
	if c == nil {
		c = &Count{Type: typ}
		r.byType[typ] = c
	}
	return c
}

func (r *Report) count(typ string, change ingest.Change) {
	switch c := r.of(typ); change {
	case ingest.Created:
		c.Created++
	case ingest.Updated:
		c.Updated++
	case ingest.Unchanged:
		c.Unchanged++
	}
}

func (r *Report) refuse(typ string, refusal Refusal) {
	r.of(typ).Refused++
	if len(r.Refusals) < MaxRefusals {
		r.Refusals = append(r.Refusals, refusal)
	}
}

func (r *Report) finish(elapsed time.Duration) {
	for _, typ := range append(types(), "") {
		if c := r.byType[typ]; c != nil {
			r.Counts = append(r.Counts, *c)
		}
	}
	slices.SortStableFunc(r.Refusals, func(a, b Refusal) int { return cmp.Compare(a.Line, b.Line) })
	r.Elapsed = elapsed
}

// Refused is how many lines were refused, those included that Refusals has no place for.
func (r *Report) Refused() int {
	n := 0
	for _, c := range r.Counts {
		n += c.Refused
	}
	return n
}

// String is the report for people: a table of the counts and then the refusals, a line each.
func (r *Report) String() string {
	var b strings.Builder
	r.WriteTo(&b)
	return b.String()
}

// WriteTo writes String to w.
func (r *Report) WriteTo(w io.Writer) (int64, error) {
	var b strings.Builder
	r.table(&b)
	for _, refusal := range r.Refusals {
		fmt.Fprintln(&b, refusal)
	}
	if more := r.Refused() - len(r.Refusals); more > 0 {
		fmt.Fprintf(&b, "and %d more\n", more)
	}
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}

func (r *Report) table(b *strings.Builder) {
	lines := 0
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "          \tcreated\tupdated\tunchanged\trefused\t")
	for _, c := range r.Counts {
		fmt.Fprintf(t, "%-10s\t%d\t%d\t%d\t%d\t\n", cmp.Or(c.Type, "no type"), c.Created, c.Updated, c.Unchanged, c.Refused)
		lines += c.Created + c.Updated + c.Unchanged + c.Refused
	}
	t.Flush() // into memory, which does not fail
	fmt.Fprintf(b, "%d lines in %s\n", lines, r.Elapsed.Round(time.Millisecond))
}
