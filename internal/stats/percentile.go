package stats

import "math"

// Percentile returns the percentile p, from 0 to 1, of values in ascending order. It interpolates between
// neighbours like PostgreSQL's percentile_cont. It is nil without values.
func Percentile(sorted []float64, p float64) *float64 {
	if len(sorted) == 0 {
		return nil
	}
	at := p * float64(len(sorted)-1)
	low, high := sorted[int(math.Floor(at))], sorted[int(math.Ceil(at))]
	return defined(low + (at-math.Floor(at))*(high-low))
}
