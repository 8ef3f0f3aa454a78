// Package stats computes the figures of results: moments, percentiles, histograms, parts of dates in
// time zones, and item analysis. It also registers these figures as functions of SQLite, which lacks
// them (see RegisterSQLite).
//
// A figure that is not defined for its data, such as the deviation of one value, is nil and never NaN.
package stats

import "math"

// defined returns a pointer to the figure x, or nil if x is not a finite number.
func defined(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}
