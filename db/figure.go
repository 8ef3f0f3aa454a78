package db

import (
	"fmt"
	"math"
	"slices"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/fault"
)

// A FigureColumn is a figure that a caller requests.
type FigureColumn struct {
	// Path is the path of fields of the schema to the figure, such as "score.mean".
	Path      string
	Arguments FigureArguments
}

// FigureArguments are the arguments of the fields of a path.
type FigureArguments struct {
	// Ps are the percentiles to compute, from 0 to 1.
	Ps []float64
	// Bins is the number of bins of a histogram from the values From to To. Nil stands for the smallest
	// and the largest value.
	Bins     int
	From, To *float64
}

// The limits of the arguments of figures: the numbers of percentiles and of bins, and the bounds of a histogram.
const (
	MaxPercentiles = 100
	MaxBins        = 100
	maxBound       = 1e100
)

// ofPercentages returns the arguments with the default limits of a histogram of percentages, 0 and 100.
func (a FigureArguments) ofPercentages(path string) FigureArguments {
	if !isHistogram(path) {
		return a
	}
	if a.From == nil {
		a.From = new(0.0)
	}
	if a.To == nil {
		a.To = new(100.0)
	}
	return a
}

// Validate fails with fault.BadInput if the arguments are invalid. Path is that of the figure.
func (a *FigureArguments) Validate(path string) error {
	for _, p := range a.Ps {
		if !(p >= 0 && p <= 1) {
			return fault.New(fault.BadInput, "A percentile must be a number from 0 to 1, such as 0.9.")
		}
	}
	switch name := lastElement(path); {
	case name == "percentiles" && (len(a.Ps) == 0 || len(a.Ps) > MaxPercentiles):
		return fault.New(fault.BadInput, fmt.Sprintf("Give from 1 to %d percentiles in “ps”.", MaxPercentiles))
	case a.Bins < 0 || a.Bins > MaxBins || a.Bins == 0 && isHistogram(path):
		return fault.New(fault.BadInput, fmt.Sprintf("“bins” must be a number from 1 to %d.", MaxBins))
	case a.From != nil && !(math.Abs(*a.From) <= maxBound), a.To != nil && !(math.Abs(*a.To) <= maxBound):
		return fault.New(fault.BadInput, "“from” and “to” must be numbers from -1e100 to 1e100.")
	case a.From != nil && a.To != nil && *a.From >= *a.To:
		return fault.New(fault.BadInput, "“from” must be less than “to”.")
	}
	return nil
}

// sourceColumns are the columns of the sources of an aggregation that its figures refer to.
type sourceColumns []query.SourceColumn

// add adds a column if it is missing, and returns its SQL in figures.
func (cs *sourceColumns) add(name string, expr query.Clause) string {
	return cs.addFrom(name, func() query.Clause { return expr })
}

// addFrom is add for an expression that is only computed if the column is missing.
func (cs *sourceColumns) addFrom(name string, expr func() query.Clause) string {
	if !slices.ContainsFunc(*cs, func(c query.SourceColumn) bool { return c.Name == name }) {
		*cs = append(*cs, query.SourceColumn{Name: name, Expr: expr()})
	}
	return "src." + name
}

// asNull returns the columns with null in place of their values, except for those with the given names.
func (cs sourceColumns) asNull(except ...string) sourceColumns {
	out := slices.Clone(cs)
	for i, c := range out {
		if !slices.Contains(except, c.Name) {
			out[i].Expr = query.SQL("NULL")
		}
	}
	return out
}

// set sets the SQL of a column.
func (cs sourceColumns) set(name string, expr query.Clause) {
	for i, c := range cs {
		if c.Name == name {
			cs[i].Expr = expr
		}
	}
}

// countStudents is the SQL of the number of students in the rows of the sources that meet a condition.
func countStudents(student, condition string) query.Clause {
	return query.SQL("count(DISTINCT CASE WHEN " + condition + " THEN " + student + " END)")
}

// countIf is the SQL of the number of rows of the sources that meet a condition.
func countIf(condition string) query.Clause {
	return query.SQL("count(*) FILTER (WHERE " + condition + ")")
}
