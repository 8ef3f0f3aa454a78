package fastpath

import (
	"slices"
	"strconv"
)

// statements groups the levels into statements, parents first. If the database supports lateral
// joins, one statement reads a chain of levels that have at most one row each.
//
// The columns of the chain are repeated in each row of the statement. A list at the end of the
// chain is therefore part of the same statement only if the answer contains no values of the
// chain, or if the schema declares that the list is short. A list without a parent is assumed
// to be short, so one statement reads the list and its child level. A statement of a list also reads a
// child that has one row for each row of the list: see addSingle.
func (c *compiler) statements() []*statement {
	var out []*statement
	grouped := map[*level]bool{}
	for _, lv := range c.plan.levels {
		if grouped[lv] || lv.relation.Object != nil || !lv.readsRows() {
			continue
		}
		st := &statement{levels: []*level{lv}}
		if lv.parent == nil && lv.lookup == nil && lv.figure == nil && c.schema.conf.DB.SupportsLateral() {
			for st.extend() {
				grouped[st.last()] = true
			}
			if st.addListChild() {
				grouped[st.last()] = true
			}
		}
		if c.schema.conf.DB.SupportsLateral() && st.addSingle() {
			grouped[st.single] = true
		}
		out = append(out, st)
	}
	for _, lv := range c.plan.levels {
		if lv.counts != nil {
			out = append(out, lv.counts)
		}
	}
	return out
}

func (st *statement) last() *level { return st.levels[len(st.levels)-1] }

// extend adds the only child of the last level, if the statement can read it.
func (st *statement) extend() bool {
	last := st.last()
	if last.shape != shapeSingle || len(last.children) != 1 {
		return false
	}
	child := last.children[0]
	if !child.canJoin() {
		return false
	}
	if child.shape != shapeSingle && !child.short() {
		for _, lv := range st.levels {
			if lv.writesValues() {
				return false
			}
		}
	}
	st.levels = append(st.levels, child)
	return true
}

// maxShortList is the maximum declared size of a list that counts as short; see statements.
const maxShortList = 20

// short reports whether the schema declares that the list is short.
func (lv *level) short() bool {
	size := lv.assumedSize()
	return size > 0 && size <= maxShortList
}

// assumedSize returns the size of the list that the schema declares with the directive @listSize of
// IBM's cost specification, or 0 if it declares none.
func (lv *level) assumedSize() int {
	d := lv.field.Definition.Directives.ForName("listSize")
	if d == nil {
		return 0
	}
	size := d.Arguments.ForName("assumedSize")
	if size == nil {
		return 0
	}
	n, _ := strconv.Atoi(size.Value.Raw)
	return n
}

// addListChild adds the child level if the statement reads a list without a parent that has
// one child. The primary key of the list must be one column, because readListAndChild compares
// only one.
func (st *statement) addListChild() bool {
	list := st.last()
	if len(st.levels) > 1 || list.shape == shapeSingle || len(list.children) != 1 || len(list.relation.Edge.PrimaryKey()) != 1 {
		return false
	}
	if !list.children[0].canJoin() {
		return false
	}
	st.levels = append(st.levels, list.children[0])
	return true
}

// addSingle adds the first child with one row for each row of the last level that can be read in the
// statement of its parents: figures, or the rows of an edge with Edge.ReadWithParents.
func (st *statement) addSingle() bool {
	last := st.last()
	if last.figure != nil || st.hasTwoLists() {
		return false
	}
	i := slices.IndexFunc(last.children, func(lv *level) bool {
		switch {
		case lv.shape != shapeSingle || lv.relation.Edge == nil:
			return false
		case lv.figure != nil:
			return st.readsEachRowOnce()
		}
		return lv.relation.Edge.ReadsWithParents() && (last.shape != shapeSingle || last.lookup != nil)
	})
	if i >= 0 {
		st.single = last.children[i]
		st.single.withParents = st.single.figure == nil
	}
	return i >= 0
}

// readsEachRowOnce reports whether the last level reads no row for several parents, and no row that is not in
// the answer. Otherwise a statement of their own computes the figures of its rows.
func (st *statement) readsEachRowOnce() bool {
	for lv := st.levels[0]; lv != nil; lv = lv.parent {
		if lv.lookup != nil || lv != st.levels[0] && lv.shape != shapeSingle {
			return false
		}
	}
	return st.last().onlyPage()
}

func (st *statement) hasTwoLists() bool {
	return len(st.levels) > 1 && st.levels[0].shape != shapeSingle
}

// canJoin reports whether the rows of the level can be read in the statement of its parents.
func (lv *level) canJoin() bool {
	return lv.relation.Analysis == nil && lv.figure == nil && lv.readsRows()
}

// readsRows reports whether the answer depends on the rows of the level: only the number of rows or figures
// about them can be selected from a connection.
func (lv *level) readsRows() bool {
	return lv.connection == nil || lv.figure != nil || slices.ContainsFunc(lv.connection.pieces, func(p piece) bool {
		return pieceNodes <= p.kind && p.kind <= pieceEndCursor
	})
}

// onlyPage reports whether the answer does not depend on whether rows follow the page.
func (lv *level) onlyPage() bool {
	return lv.connection == nil || !slices.ContainsFunc(lv.connection.pieces, func(p piece) bool {
		return p.kind == pieceHasNext || p.kind == pieceHasPrevious
	})
}

// writesValues reports whether the answer contains values of the level's rows.
func (lv *level) writesValues() bool {
	for _, o := range lv.objects {
		for _, p := range o.pieces {
			if p.kind == pieceColumn || p.kind == pieceComputed {
				return true
			}
		}
	}
	return false
}
