package stats

import (
	"cmp"
	"math"
	"slices"
)

// Skipped says how an item counts that a result skipped, or for which it has no score.
type Skipped bool

const (
	// SkippedIsZero counts a skipped item as the mark 0.
	SkippedIsZero Skipped = false
	// SkippedIsLeftOut leaves it out: the figures of an item use the results in which it ran, and those of
	// the whole use the results without a skipped item.
	SkippedIsLeftOut Skipped = true
)

// Marks are the marks of results for items, by item.
type Marks struct {
	// Items has, for each item, its mark in each result; NaN if the result skipped it.
	Items [][]float64
	// Max has the maximum mark of each item; NaN if it is unknown.
	Max []float64
	// Totals has the criterion of each result in place of the sum of its marks; nil means the sum.
	Totals []float64
}

// An ItemAnalysis has the figures of a whole test and of its items. The formulas are those of Moodle's
// quiz statistics and, where noted, of Canvas' item analysis. T is the criterion of a result: the sum of
// its marks, or another score.
type ItemAnalysis struct {
	// N is the number of results, and Mean to Kurtosis describe T.
	N                           int
	Mean                        *float64
	StandardDeviation           *float64 // of the sample, with the divisor n−1
	StandardDeviationPopulation *float64
	Skewness, Kurtosis          *float64
	// Alpha is Cronbach's alpha, and StandardError is that of measurement: the deviation times √(1−alpha).
	Alpha, StandardError *float64
	Items                []Item
}

// An Item has the figures of one item. X is its mark, M its maximum, and R = T − X the rest.
type Item struct {
	N                 int
	Mean              *float64
	MaxScore          *float64
	StandardDeviation *float64 // of the sample
	// Facility is the mean of X divided by M.
	Facility *float64
	// Discrimination is the correlation of X and R.
	Discrimination *float64
	// DiscriminativeEfficiency is the covariance of X and R divided by the largest that their values
	// allow, which is that of both in ascending order.
	DiscriminativeEfficiency *float64
	// EffectiveWeight is √cov(X, T) divided by the sum of these of all items. It is nil if the covariance
	// is negative, and such items do not count in the sum.
	EffectiveWeight *float64
	// PointBiserial is Canvas' correlation of an item whose marks are all 0 or M with T.
	PointBiserial *float64
	// UpperLowerDifference is the facility among the upper 27 % of the results by T minus that among the
	// lower 27 %. Equal results belong to the higher group, as in Canvas.
	UpperLowerDifference *float64
	// AlphaIfDropped is the alpha of the other items.
	AlphaIfDropped *float64
}

// Analyze returns the figures of marks.
func Analyze(marks Marks, skipped Skipped) ItemAnalysis {
	marks = marks.withTotals(skipped)
	whole := marks.complete()
	totals := MomentsOf(whole.Totals)
	a := ItemAnalysis{
		N: totals.N, Mean: defined(totals.Mean),
		StandardDeviation: totals.SampleDeviation(), StandardDeviationPopulation: totals.PopulationDeviation(),
		Skewness: totals.Skewness(), Kurtosis: totals.Kurtosis(), Items: make([]Item, len(marks.Items)),
	}
	alphas := whole.alphas()
	a.Alpha = alphas.whole
	a.StandardError = standardError(a.StandardDeviation, a.Alpha)
	weights := make([]float64, len(marks.Items))
	ascending := ascendingOrder(marks.Totals)
	for i := range marks.Items {
		sample := marks.sampleOf(i, ascending)
		a.Items[i] = sample.figures()
		a.Items[i].AlphaIfDropped = alphas.dropped[i]
		weights[i] = math.Sqrt(sample.covarianceWithTotal())
	}
	a.setEffectiveWeights(weights)
	return a
}

// withTotals returns the marks with the total of each result, and with 0 for skipped items if they count
// as 0.
func (m Marks) withTotals(skipped Skipped) Marks {
	if skipped == SkippedIsZero {
		m.Items = slices.Clone(m.Items)
		for i, item := range m.Items {
			m.Items[i] = zerosForNaN(item)
		}
	}
	if m.Totals != nil || len(m.Items) == 0 {
		return m
	}
	m.Totals = make([]float64, len(m.Items[0]))
	for _, item := range m.Items {
		for row, x := range item {
			if !math.IsNaN(x) {
				m.Totals[row] += x
			}
		}
	}
	return m
}

func zerosForNaN(xs []float64) []float64 {
	out := slices.Clone(xs)
	for i, x := range out {
		if math.IsNaN(x) {
			out[i] = 0
		}
	}
	return out
}

// complete returns the marks of the results without a skipped item.
func (m Marks) complete() Marks {
	kept := make([]int, 0, len(m.Totals))
	for row := range m.Totals {
		if !slices.ContainsFunc(m.Items, func(item []float64) bool { return math.IsNaN(item[row]) }) {
			kept = append(kept, row)
		}
	}
	if len(kept) == len(m.Totals) {
		return m
	}
	out := Marks{Items: make([][]float64, len(m.Items)), Max: m.Max, Totals: at(m.Totals, kept)}
	for i, item := range m.Items {
		out.Items[i] = at(item, kept)
	}
	return out
}

// at returns the elements with the given indexes.
func at(xs []float64, indexes []int) []float64 {
	out := make([]float64, len(indexes))
	for i, index := range indexes {
		out[i] = xs[index]
	}
	return out
}

// ascendingOrder returns the indexes of xs in the order of their values.
func ascendingOrder(xs []float64) []int {
	order := make([]int, len(xs))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(xs[a], xs[b]) })
	return order
}

// setEffectiveWeights divides the weights by their sum. A weight is NaN if its covariance is negative.
func (a *ItemAnalysis) setEffectiveWeights(weights []float64) {
	sum := 0.0
	for _, w := range weights {
		if !math.IsNaN(w) {
			sum += w
		}
	}
	for i, w := range weights {
		a.Items[i].EffectiveWeight = defined(w / sum)
	}
}

// standardError returns the standard error of measurement.
func standardError(deviation, alpha *float64) *float64 {
	if deviation == nil || alpha == nil || *alpha > 1 {
		return nil
	}
	return defined(*deviation * math.Sqrt(1-*alpha))
}
