package fastpath

import "strconv"

// statements groups the levels into statements, parents first. Where the store supports it,
// a chain of levels with one row and one child each is one statement.
//
// A list is part of the statement of the chain above it when no values of the chain are
// written, since its columns would be repeated with each row, or when the schema says that
// the list is short. A list without a parent is short as well, so the rows of its child are
// read with it.
func (c *compiler) statements() []*statement {
	var out []*statement
	grouped := map[*level]bool{}
	for _, lv := range c.plan.levels {
		if grouped[lv] || lv.relation.Object != nil {
			continue
		}
		st := &statement{levels: []*level{lv}}
		if lv.parent == nil && lv.lookup == nil && c.schema.conf.DB.SupportsLateral() {
			for st.extend() {
				grouped[st.last()] = true
			}
			if st.addListChild() {
				grouped[st.last()] = true
			}
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

// maxShortList is the size of the largest list that is read in one statement with values of
// the rows above it.
const maxShortList = 20

// short reports whether the schema assumes a short list (@listSize of IBM's cost directives).
func (lv *level) short() bool {
	d := lv.field.Definition.Directives.ForName("listSize")
	if d == nil {
		return false
	}
	size := d.Arguments.ForName("assumedSize")
	if size == nil {
		return false
	}
	n, err := strconv.Atoi(size.Value.Raw)
	return err == nil && n <= maxShortList
}

// addListChild adds the only child of a list without a parent, whose rows one column can
// tell apart.
func (st *statement) addListChild() bool {
	list := st.last()
	if len(st.levels) > 1 || list.shape == shapeSingle || len(list.children) != 1 || len(list.relation.Edge.PrimaryKey()) != 1 {
		return false
	}
	st.levels = append(st.levels, list.children[0])
	return true
}

// writesValues reports whether any value of the level's rows is written.
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
