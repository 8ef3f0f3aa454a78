package stats

import "math"

// Moments are the number of values, their mean and their central moments: the means of the second, third
// and fourth powers of the differences from Mean.
type Moments struct {
	N                int
	Mean, M2, M3, M4 float64
}

// MomentsOf returns the moments of values. It reads the values twice, so that large means cost no
// precision. Differences that are rounding errors of the values count as none.
func MomentsOf(values []float64) Moments {
	m := Moments{N: len(values), Mean: mean(values)}
	for _, v := range values {
		d := v - m.Mean
		m.M2 += d * d
		m.M3 += d * d * d
		m.M4 += d * d * d * d
	}
	n := float64(m.N)
	m.M2, m.M3, m.M4 = m.M2/n, m.M3/n, m.M4/n
	if isRoundingError(m.M2, values) {
		m.M2, m.M3, m.M4 = 0, 0, 0
	}
	return m
}

// isRoundingError reports whether a variance may be that of equal numbers that were computed from values.
func isRoundingError(variance float64, values []float64) bool {
	largest := 0.0
	for _, v := range values {
		largest = max(largest, math.Abs(v))
	}
	return math.Sqrt(variance) <= 1e-12*largest
}

// mean returns the mean of values, NaN if there are none. The second pass adds the rounding error of the
// first.
func mean(values []float64) float64 {
	n, sum, rest := float64(len(values)), 0.0, 0.0
	for _, v := range values {
		sum += v
	}
	for _, v := range values {
		rest += v - sum/n
	}
	return sum/n + rest/n
}

// PopulationDeviation returns the standard deviation with the divisor n. It is nil without values.
func (m Moments) PopulationDeviation() *float64 { return defined(math.Sqrt(m.M2)) }

// SampleDeviation returns the standard deviation with the divisor n−1. It is nil for fewer than two
// values.
func (m Moments) SampleDeviation() *float64 {
	if m.N < 2 {
		return nil
	}
	return defined(math.Sqrt(m.sampleVariance()))
}

// sampleVariance returns the variance with the divisor n−1.
func (m Moments) sampleVariance() float64 { return m.M2 * float64(m.N) / float64(m.N-1) }

// Skewness returns k₃/k₂^1.5 of the k-statistics, as Moodle does. It is nil for fewer than three values
// and for equal values.
func (m Moments) Skewness() *float64 {
	if m.N < 3 || m.M2 == 0 {
		return nil
	}
	n := float64(m.N)
	k3 := n * n * m.M3 / ((n - 1) * (n - 2))
	return defined(k3 / math.Pow(m.sampleVariance(), 1.5))
}

// Kurtosis returns the excess k₄/k₂² of the k-statistics, as Moodle does. It is nil for fewer than four
// values and for equal values.
func (m Moments) Kurtosis() *float64 {
	if m.N < 4 || m.M2 == 0 {
		return nil
	}
	n := float64(m.N)
	k4 := n * n * ((n+1)*m.M4 - 3*(n-1)*m.M2*m.M2) / ((n - 1) * (n - 2) * (n - 3))
	return defined(k4 / (m.sampleVariance() * m.sampleVariance()))
}

// covariance returns the covariance with the divisor n−1 of two lists of the same length, which must be
// at least 2.
func covariance(xs, ys []float64) float64 {
	meanX, meanY, sum := mean(xs), mean(ys), 0.0
	for i, x := range xs {
		sum += (x - meanX) * (ys[i] - meanY)
	}
	return sum / float64(len(xs)-1)
}

// A runningDeviation computes standard deviations of values that it does not keep, by Welford's
// algorithm.
type runningDeviation struct {
	n             int
	mean, squares float64
}

func (d *runningDeviation) add(v float64) {
	d.n++
	delta := v - d.mean
	d.mean += delta / float64(d.n)
	d.squares += delta * (v - d.mean)
}

// deviation returns the deviation with the divisor n−less, nil if the divisor is not positive.
func (d *runningDeviation) deviation(less int) *float64 {
	if d.n <= less {
		return nil
	}
	return defined(math.Sqrt(d.squares / float64(d.n-less)))
}

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
