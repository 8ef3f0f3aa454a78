package fastpath

import "github.com/momotor/resultgraph/db/query"

// A statement makes an operation large if it may read lists for more than largeThreshold parents, or
// single objects for more than largeSingleThreshold parents, which is the length of the longest page. Figures
// make it large if they read more than maxRowsRead rows.
const (
	largeThreshold       = 500
	largeSingleThreshold = 1000
	maxRowsRead          = 100_000
)

// isLarge reports whether the operation is large: whether one of its statements may read rows for
// more parents than the thresholds, by the lengths of the pages and of lists without pages that the
// schema declares, whether its figures and analyses may read more than maxRowsRead results and steps, by the
// sizes that the schema declares, or whether the resolvers answer a part of it. It must be called after
// prepare.
//
// The number of large operations that read at the same time is limited, because they occupy the
// database and need memory for their rows. The decision does not depend on the data, so that an
// operation never waits for others while it reads.
func (x *execution) isLarge() bool {
	if x.plan.resolverFields != nil {
		return true
	}
	rowsRead := 0
	for _, lv := range x.plan.levels {
		parents := x.parents(lv)
		rowsRead += parents * lv.scanSize()
		if parents > lv.largeThreshold() && !lv.withParents {
			return true
		}
		if len(lv.children) > 0 {
			lr := &x.levels[lv.id]
			lr.maxRows = parents * lv.maxLength(lr.params)
		}
	}
	return rowsRead > maxRowsRead
}

// largeThreshold returns the number of parents above which the level makes an operation large.
func (lv *level) largeThreshold() int {
	if lv.shape == shapeSingle {
		return largeSingleThreshold
	}
	return largeThreshold
}

// parents returns the maximum number of parents of a level, whose parent level has its maxRows.
func (x *execution) parents(lv *level) int {
	switch {
	case lv.lookup != nil:
		return len(x.lookups[lv.lookup.id])
	case lv.parent != nil:
		return x.levels[lv.parent.id].maxRows
	}
	return 1
}

// maxLength returns the maximum number of rows for one parent, as declared by the schema for a list
// without pages.
func (lv *level) maxLength(p query.Params) int {
	if lv.shape != shapeSingle && p.Page == nil {
		return max(1, lv.assumedSize())
	}
	return lv.limit(p)
}
