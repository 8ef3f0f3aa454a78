package stats

import (
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"modernc.org/sqlite"
)

// An aggregate is one evaluation of an aggregate function.
type aggregate interface {
	// add adds a value that is not NULL. The other arguments of the function are in args.
	add(v float64, args []driver.Value) error
	// value returns the value of the function. It may be called before add.
	value() (driver.Value, error)
}

// registerAggregate registers an aggregate function that ignores NULL.
func registerAggregate(name string, args int32, newAggregate func() aggregate) {
	sqlite.MustRegisterFunction(name, &sqlite.FunctionImpl{
		NArgs: args, Deterministic: true, VolatileArgs: true,
		MakeAggregate: func(sqlite.FunctionContext) (sqlite.AggregateFunction, error) {
			return sqliteAggregate{newAggregate()}, nil
		},
	})
}

// A sqliteAggregate is an aggregate for the driver.
type sqliteAggregate struct{ aggregate }

// Step implements sqlite.AggregateFunction.
func (a sqliteAggregate) Step(_ *sqlite.FunctionContext, args []driver.Value) error {
	if args[0] == nil {
		return nil
	}
	v, err := number(args[0])
	if err != nil {
		return err
	}
	return a.add(v, args[1:])
}

// WindowInverse implements sqlite.AggregateFunction.
func (sqliteAggregate) WindowInverse(*sqlite.FunctionContext, []driver.Value) error {
	return errors.New("the function can not be used as a window function")
}

// WindowValue implements sqlite.AggregateFunction.
func (a sqliteAggregate) WindowValue(*sqlite.FunctionContext) (driver.Value, error) { return a.value() }

// Final implements sqlite.AggregateFunction.
func (sqliteAggregate) Final(*sqlite.FunctionContext) {}

// number returns a value of SQLite as a float64.
func number(v driver.Value) (float64, error) {
	switch v := v.(type) {
	case float64:
		return v, nil
	case int64:
		return float64(v), nil
	}
	return 0, fmt.Errorf("the argument has the type %T and is not a number", v)
}

// nullable returns a figure as a value of SQLite.
func nullable(figure *float64) driver.Value {
	if figure == nil {
		return nil
	}
	return *figure
}

// jsonText returns a value as JSON.
func jsonText(v any) (driver.Value, error) {
	text, err := json.Marshal(v)
	return string(text), err
}

// A deviationAggregate computes a standard deviation with the divisor n−less.
type deviationAggregate struct {
	runningDeviation
	less int
}

func (a *deviationAggregate) add(v float64, _ []driver.Value) error {
	a.runningDeviation.add(v)
	return nil
}

func (a *deviationAggregate) value() (driver.Value, error) { return nullable(a.deviation(a.less)), nil }

// A percentileAggregate computes one percentile, or a JSON array of them if list is set.
type percentileAggregate struct {
	ps     []float64 // nil before the first value if they are an argument
	list   bool
	values []float64
}

func (a *percentileAggregate) add(v float64, args []driver.Value) (err error) {
	if a.ps == nil {
		if a.ps, err = a.fractions(args[0]); err != nil {
			return err
		}
	}
	a.values = append(a.values, v)
	return nil
}

// fractions returns the percentiles that an argument requests.
func (a *percentileAggregate) fractions(arg driver.Value) (ps []float64, err error) {
	if a.list {
		text, _ := arg.(string)
		err = json.Unmarshal([]byte(text), &ps)
	} else {
		var p float64
		p, err = number(arg)
		ps = []float64{p}
	}
	if err != nil {
		return nil, fmt.Errorf("read the percentiles: %w", err)
	}
	if slices.ContainsFunc(ps, func(p float64) bool { return !(p >= 0 && p <= 1) }) {
		return nil, errors.New("a percentile is not between 0 and 1")
	}
	return ps, nil
}

func (a *percentileAggregate) value() (driver.Value, error) {
	if len(a.values) == 0 {
		return nil, nil
	}
	slices.Sort(a.values)
	figures := make([]*float64, len(a.ps))
	for i, p := range a.ps {
		figures[i] = Percentile(a.values, p)
	}
	if a.list {
		return jsonText(figures)
	}
	return nullable(figures[0]), nil
}

// A histogramAggregate computes a HistogramOf. The bounds are nil for NULL.
type histogramAggregate struct {
	from, to *float64
	bins     int // 0 before the first value
	values   []float64
}

func (a *histogramAggregate) add(v float64, args []driver.Value) (err error) {
	if a.bins == 0 {
		if a.from, a.to, a.bins, err = histogramArguments(args); err != nil {
			return err
		}
	}
	a.values = append(a.values, v)
	return nil
}

func (a *histogramAggregate) value() (driver.Value, error) {
	if len(a.values) == 0 {
		return nil, nil
	}
	h := HistogramOf(a.values, a.from, a.to, a.bins)
	return jsonText(slices.Concat([]int64{h.Below}, h.Counts, []int64{h.Above}))
}

// histogramArguments returns the arguments from, to and bins of a histogram.
func histogramArguments(args []driver.Value) (from, to *float64, bins int, err error) {
	known := []driver.Value{args[0], args[1], args[2]}
	if args[0] == nil || args[1] == nil { // binArguments checks the other arguments
		known[0], known[1] = 0.0, 1.0
	}
	if _, _, bins, err = binArguments(known); err != nil {
		return nil, nil, 0, err
	}
	for i, bound := range []**float64{&from, &to} {
		if args[i] == nil {
			continue
		}
		v, err := number(args[i])
		if err != nil {
			return nil, nil, 0, err
		}
		*bound = &v
	}
	return from, to, bins, nil
}

// maxBins limits the memory of a histogram.
const maxBins = 1_000_000

// binArguments returns the arguments from, to and bins of a function.
func binArguments(args []driver.Value) (from, to float64, bins int, err error) {
	from, errFrom := number(args[0])
	to, errTo := number(args[1])
	n, errBins := number(args[2])
	if err := errors.Join(errFrom, errTo, errBins); err != nil {
		return 0, 0, 0, err
	}
	if !(from < to) || !(n >= 1 && n <= maxBins) {
		return 0, 0, 0, fmt.Errorf("there can not be %g bins from %g to %g", n, from, to)
	}
	return from, to, int(n), nil
}
