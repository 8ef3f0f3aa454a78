package stats

import (
	"math"
	"slices"
)

// An itemSample is the results in which an item ran, in the ascending order of their totals.
type itemSample struct {
	marks, totals []float64
	max           float64 // NaN if it is unknown
}

// sampleOf returns the sample of an item. The results have the given order by their totals.
func (m Marks) sampleOf(item int, ascending []int) itemSample {
	s := itemSample{marks: make([]float64, 0, len(ascending)), totals: make([]float64, 0, len(ascending)), max: m.Max[item]}
	for _, row := range ascending {
		if x := m.Items[item][row]; !math.IsNaN(x) {
			s.marks, s.totals = append(s.marks, x), append(s.totals, m.Totals[row])
		}
	}
	return s
}

// figures returns the figures of the item that do not depend on other items.
func (s itemSample) figures() Item {
	moments := MomentsOf(s.marks)
	item := Item{
		N: moments.N, Mean: defined(moments.Mean), MaxScore: defined(s.max), StandardDeviation: moments.SampleDeviation(),
		Facility: defined(moments.Mean / s.max), PointBiserial: s.pointBiserial(), UpperLowerDifference: s.upperLowerDifference(),
	}
	item.Discrimination, item.DiscriminativeEfficiency = s.discrimination()
	return item
}

// covarianceWithTotal returns the covariance of the marks and the totals, NaN for fewer than two results. A
// rounding error counts as 0, because its square root would be far larger.
func (s itemSample) covarianceWithTotal() float64 {
	if len(s.marks) < 2 {
		return math.NaN()
	}
	cov := covariance(s.marks, s.totals)
	if math.Abs(cov) <= 1e-12*math.Sqrt(MomentsOf(s.marks).sampleVariance()*MomentsOf(s.totals).sampleVariance()) {
		return 0
	}
	return cov
}

// discrimination returns the correlation of the marks and the rests, and its efficiency.
func (s itemSample) discrimination() (correlation, efficiency *float64) {
	if len(s.marks) < 2 {
		return nil, nil
	}
	rests := difference(s.totals, s.marks)
	varianceX, varianceR := MomentsOf(s.marks).sampleVariance(), MomentsOf(rests).sampleVariance()
	if varianceX == 0 || isRoundingError(varianceR, s.totals) {
		return nil, nil
	}
	cov := covariance(s.marks, rests)
	marks := slices.Clone(s.marks)
	slices.Sort(marks)
	slices.Sort(rests)
	return defined(cov / math.Sqrt(varianceX*varianceR)), defined(cov / covariance(marks, rests))
}

// pointBiserial returns the correlation of an item whose marks are all 0 or the maximum with the total.
func (s itemSample) pointBiserial() *float64 {
	var passed, failed []float64
	for i, x := range s.marks {
		switch {
		case s.max > 0 && x == s.max:
			passed = append(passed, s.totals[i])
		case x == 0:
			failed = append(failed, s.totals[i])
		default:
			return nil
		}
	}
	deviation := MomentsOf(s.totals).PopulationDeviation()
	if len(passed) == 0 || len(failed) == 0 || *deviation == 0 {
		return nil
	}
	p := float64(len(passed)) / float64(len(s.marks))
	return defined((mean(passed) - mean(failed)) / *deviation * math.Sqrt(p*(1-p)))
}

// upperLowerDifference returns the difference of the facilities of the upper and lower 27 %.
func (s itemSample) upperLowerDifference() *float64 {
	lower, upper := s.marks[:s.cut(0.27)], s.marks[s.cut(0.73):]
	return defined((mean(upper) - mean(lower)) / s.max)
}

// cut returns the number of results below a fraction of all. Results whose totals are equal to that of the
// first one above it, but for rounding errors, are not below it.
func (s itemSample) cut(fraction float64) int {
	n := int(math.Round(fraction * float64(len(s.totals))))
	for n > 0 && n < len(s.totals) && s.totals[n]-s.totals[n-1] <= 1e-12*math.Abs(s.totals[n]) {
		n--
	}
	return n
}
