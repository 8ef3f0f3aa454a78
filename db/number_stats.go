package db

import (
	"fmt"
	"strings"

	"github.com/momotor/resultgraph/db/query"
)

// NumberStats are the figures of the values of a column that are not null. A figure that is not defined for
// these values is nil. Fields are set only if they were requested.
type NumberStats struct {
	Count                       *int64
	Sum, Mean, Min, Max, Median *float64
	// StandardDeviation has the divisor n−1, and StandardDeviationPopulation the divisor n.
	StandardDeviation, StandardDeviationPopulation *float64
	// PercentilesByArguments and HistogramByArguments are the values for the arguments that were
	// requested, by FigureArguments.Key.
	PercentilesByArguments map[string][]float64
	HistogramByArguments   map[string]*Histogram
}

// A Histogram is the numbers of values in bins of the same width.
type Histogram struct {
	// Edges are the limits of the bins, one more than there are bins; nil if they depend on the values
	// and there are none.
	Edges  []float64
	Counts []int64
	// Below and Above are the numbers of values outside of the bins.
	Below, Above *int64
}

// Key identifies the arguments.
func (a *FigureArguments) Key() string {
	bounds := [2]string{}
	for i, bound := range []*float64{a.From, a.To} {
		if bound != nil {
			bounds[i] = fmt.Sprint(*bound)
		}
	}
	return fmt.Sprint(a.Ps, a.Bins, bounds)
}

// Percentiles returns the requested percentiles, and nil without values.
func (s *NumberStats) Percentiles(ps []float64) []float64 {
	return s.PercentilesByArguments[(&FigureArguments{Ps: ps}).Key()]
}

// Histogram returns the requested histogram.
func (s *NumberStats) Histogram(bins int, from, to *float64) *Histogram {
	if h := s.HistogramByArguments[(&FigureArguments{Bins: bins, From: from, To: to}).Key()]; h != nil {
		return h
	}
	return &Histogram{} // no field of it was requested
}

// simpleNumberStats has the SQL of the figures of src.v that need no arguments and that both databases
// have, by the name of the field.
var simpleNumberStats = map[string]string{
	"count": "count(src.v)", "sum": "sum(src.v)", "mean": "avg(src.v)", "min": "min(src.v)", "max": "max(src.v)",
	"standardDeviation": "stddev_samp(src.v)", "standardDeviationPopulation": "stddev_pop(src.v)",
}

// numberFigure returns the SQL of a figure of the column src.NAME, which must have floating-point numbers.
// Path is the path below NumberStats.
func numberFigure(column, path string, a FigureArguments, pg bool) (query.Clause, error) {
	if sql, ok := simpleNumberStats[path]; ok {
		return query.SQL(strings.Replace(sql, "src.v", column, 1)), nil
	}
	h := histogramSQL{column: column, FigureArguments: a, pg: pg}
	switch path {
	case "median":
		return percentile(column, 0.5, pg), nil
	case "percentiles":
		return percentiles(column, a.Ps, pg), nil
	case "histogram.edges":
		return h.edges(), nil
	case "histogram.counts":
		return h.counts(), nil
	case "histogram.below":
		return h.outside("<", a.From), nil
	case "histogram.above":
		return h.outside(">", a.To), nil
	}
	return query.Clause{}, unknownFigure(path)
}

func unknownFigure(path string) error { return fmt.Errorf("there is no figure %q", path) }

// percentile returns the SQL of a percentile. PostgreSQL and the function of SQLite interpolate alike.
func percentile(column string, p float64, pg bool) query.Clause {
	if pg {
		return query.SQL("percentile_cont(CAST(? AS double precision)) WITHIN GROUP (ORDER BY "+column+")", p)
	}
	return query.SQL("percentile_cont("+column+", ?)", p)
}

// percentiles returns the SQL of an array of percentiles: see query.KindFloats.
func percentiles(column string, ps []float64, pg bool) query.Clause {
	list := query.List(floatClauses(ps))
	if pg {
		return query.SQL("percentile_cont(ARRAY[?]) WITHIN GROUP (ORDER BY "+column+")", list)
	}
	return query.SQL("percentiles("+column+", json_array(?))", list)
}

func floatClauses(values []float64) []query.Clause {
	out := make([]query.Clause, len(values))
	for i, v := range values {
		out[i] = float(v)
	}
	return out
}

func float(v float64) query.Clause { return query.SQL("CAST(? AS double precision)", v) }

// lastElement returns the last element of a path, and isHistogram whether a path leads to a figure of a
// histogram.
func lastElement(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

func isHistogram(path string) bool { return strings.Contains(path, "histogram.") }
