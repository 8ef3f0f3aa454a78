package stats

import (
	"database/sql/driver"
	"sync"

	"modernc.org/sqlite"
)

// RegisterSQLite registers the functions of this package for all SQLite connections that are opened
// later. Functions that PostgreSQL also has have its names and results; numbers are REAL or INTEGER, and
// aggregate functions ignore NULL and are NULL without values:
//
//	stddev_samp(x), stddev_pop(x)      the deviations with the divisors n−1 and n
//	percentile_cont(x, p)              PostgreSQL's percentile_cont(p) WITHIN GROUP (ORDER BY x)
//	median(x)                          percentile_cont(x, 0.5)
//	percentiles(x, ps)                 a JSON array of percentiles, for a JSON array of numbers from 0 to 1
//	histogram(x, from, to, bins)       a JSON array: the number of values below, in each bin, and above;
//	                                   a bound can be NULL: see HistogramOf
//
// The functions of dates take a time as the store writes it, such as "2026-03-01 12:00:00.5+00:00", and
// the IANA name of a zone. They are NULL if the time is NULL:
//
//	local_hour(time, zone)             the beginning of the local hour, in UTC and in the format of times
//	local_date(period, time, zone)     the first local day of the 'day', 'week' or 'month', as 2026-03-01
//	local_weekday(time, zone)          1 for Monday to 7 for Sunday
func RegisterSQLite() { registerSQLite() }

var registerSQLite = sync.OnceFunc(func() {
	registerAggregate("stddev_samp", 1, func() aggregate { return &deviationAggregate{less: 1} })
	registerAggregate("stddev_pop", 1, func() aggregate { return &deviationAggregate{less: 0} })
	registerAggregate("median", 1, func() aggregate { return &percentileAggregate{ps: []float64{0.5}} })
	registerAggregate("percentile_cont", 2, func() aggregate { return &percentileAggregate{} })
	registerAggregate("percentiles", 2, func() aggregate { return &percentileAggregate{list: true} })
	registerAggregate("histogram", 4, func() aggregate { return &histogramAggregate{} })
	registerScalar("local_hour", 2, localHour)
	registerScalar("local_date", 3, localDate)
	registerScalar("local_weekday", 2, localWeekday)
})

// registerScalar registers a scalar function that returns NULL if its first argument is NULL. Its value
// depends only on its arguments, which it does not keep.
func registerScalar(name string, args int32, f func(args []driver.Value) (driver.Value, error)) {
	sqlite.MustRegisterFunction(name, &sqlite.FunctionImpl{
		NArgs: args, Deterministic: true, VolatileArgs: true,
		Scalar: func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) { return f(args) },
	})
}
