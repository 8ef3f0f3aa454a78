package stats

import (
	"slices"
	"sort"
)

// A Histogram counts values in bins of equal width. A bin includes its lower edge; the last one includes
// both.
type Histogram struct {
	// Edges are the limits of the bins: one more than there are bins.
	Edges  []float64
	Counts []int64
	// Below and Above count the values outside of the bins.
	Below, Above int64
}

// HistogramOf returns the histogram of one or more values. A bound that is nil is the smallest or the
// largest value, or the other bound if that is beyond all values. If both bounds are equal, the last bin
// has the values that equal them.
func HistogramOf(values []float64, from, to *float64, bins int) *Histogram {
	low, high := slices.Min(values), slices.Max(values)
	switch {
	case from != nil && to != nil:
		low, high = *from, *to
	case from != nil:
		low, high = *from, max(high, *from)
	case to != nil:
		low, high = min(low, *to), *to
	}
	h := NewHistogram(low, high, bins)
	for _, v := range values {
		h.Add(v)
	}
	return h
}

// NewHistogram returns an empty histogram from one value to another one that is not smaller.
func NewHistogram(from, to float64, bins int) *Histogram {
	h := &Histogram{Edges: make([]float64, bins+1), Counts: make([]int64, bins)}
	for i := range h.Edges {
		h.Edges[i] = from + (to-from)*float64(i)/float64(bins)
	}
	h.Edges[bins] = to
	return h
}

// Add counts a value.
func (h *Histogram) Add(v float64) {
	bins := len(h.Counts)
	switch {
	case v < h.Edges[0]:
		h.Below++
	case v > h.Edges[bins]:
		h.Above++
	default:
		above := sort.Search(bins, func(i int) bool { return h.Edges[i+1] > v })
		h.Counts[min(above, bins-1)]++
	}
}
