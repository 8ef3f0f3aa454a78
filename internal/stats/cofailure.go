package stats

import (
	"cmp"
	"math/bits"
	"slices"
)

// Failures tell which results ran an item and which of them failed it. Each is a set of indexes of
// results.
type Failures struct{ Ran, Failed BitSet }

// A BitSet is a set of small numbers.
type BitSet []uint64

// Add adds a number, which must be less than 64 for each element of the set.
func (s BitSet) Add(n int) { s[n/64] |= 1 << (n % 64) }

// Has reports whether a number is in the set.
func (s BitSet) Has(n int) bool { return s[n/64]&(1<<(n%64)) != 0 }

// NewBitSet returns an empty set for the numbers below n.
func NewBitSet(n int) BitSet { return make(BitSet, (n+63)/64) }

// countBoth returns how many numbers are in both sets.
func countBoth(a, b BitSet) int {
	n := 0
	for i, word := range a {
		n += bits.OnesCount64(word & b[i])
	}
	return n
}

// A CoFailure counts the results that failed two items. Items are indexes, in ascending order.
type CoFailure struct {
	First, Second int
	// Ran is the number of results that ran both items. Of these, Both failed both items, FirstFailed the
	// first one, and SecondFailed the second one.
	Ran, Both, FirstFailed, SecondFailed int
}

// CoFailures returns at most limit pairs of items that results failed together: the most frequent ones
// first, and equally frequent ones in the order of the items.
func CoFailures(items []Failures, limit int) []CoFailure {
	pairs := []CoFailure{}
	for i := range items {
		for j := i + 1; j < len(items); j++ {
			if both := countBoth(items[i].Failed, items[j].Failed); both > 0 {
				pairs = append(pairs, CoFailure{First: i, Second: j, Both: both})
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b CoFailure) int { return cmp.Compare(b.Both, a.Both) })
	pairs = pairs[:min(limit, len(pairs))]
	for i := range pairs {
		p := &pairs[i]
		first, second := items[p.First], items[p.Second]
		p.Ran = countBoth(first.Ran, second.Ran)
		p.FirstFailed, p.SecondFailed = countBoth(first.Failed, second.Ran), countBoth(first.Ran, second.Failed)
	}
	return pairs
}
