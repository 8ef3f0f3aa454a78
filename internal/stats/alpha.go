package stats

// alphas are Cronbach's alpha of all items, and of all items but one for each item.
type alphas struct {
	whole   *float64
	dropped []*float64
}

// alphas returns the alphas of marks without skipped items.
func (m Marks) alphas() alphas {
	out := alphas{dropped: make([]*float64, len(m.Items))}
	if len(m.Totals) < 2 {
		return out
	}
	variances, sum := make([]float64, len(m.Items)), 0.0
	for i, item := range m.Items {
		variances[i] = MomentsOf(item).sampleVariance()
		sum += variances[i]
	}
	out.whole = m.alpha(len(m.Items), sum, m.Totals)
	for i, item := range m.Items {
		out.dropped[i] = m.alpha(len(m.Items)-1, sum-variances[i], difference(m.Totals, item))
	}
	return out
}

// alpha returns Cronbach's alpha of items with a sum of variances, whose total in each result is given. It
// is nil for fewer than two items and for equal totals.
func (m Marks) alpha(items int, sum float64, totals []float64) *float64 {
	total := MomentsOf(totals).sampleVariance()
	if items < 2 || isRoundingError(total, m.Totals) {
		return nil
	}
	k := float64(items)
	return defined(k / (k - 1) * (1 - sum/total))
}

// difference returns xs − ys.
func difference(xs, ys []float64) []float64 {
	out := make([]float64, len(xs))
	for i, x := range xs {
		out[i] = x - ys[i]
	}
	return out
}
