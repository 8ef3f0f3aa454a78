package fastpath

import "strconv"

// readings puts the levels into statements, parents first. Where the store can, a chain
// of levels of which each has one row and one child is one statement.
//
// A list is read with the chain above it when nothing is told of the chain, since else its
// columns come again with each row, or when the schema says that the list is short. A list
// that starts from nothing is short as well, so what hangs under its rows is read with it.
func (c *compiler) readings() []*reading {
	var out []*reading
	fused := map[*level]bool{}
	for _, lv := range c.plan.levels {
		if fused[lv] {
			continue
		}
		r := &reading{levels: []*level{lv}}
		if lv.parent == nil && len(lv.relation.Key) == 0 && c.schema.conf.Store.DB().SupportsLateral() {
			for r.extend() {
				fused[r.last()] = true
			}
			if r.pair() {
				fused[r.last()] = true
			}
		}
		out = append(out, r)
	}
	for _, lv := range c.plan.levels {
		if lv.totals != nil {
			out = append(out, lv.totals)
		}
	}
	return out
}

func (r *reading) last() *level { return r.levels[len(r.levels)-1] }

// extend adds the only child of the last level, if it may.
func (r *reading) extend() bool {
	last := r.last()
	if last.shape != shapeOne || len(last.children) != 1 {
		return false
	}
	child := last.children[0]
	if child.shape != shapeOne && !child.short() {
		for _, lv := range r.levels {
			if lv.tells() {
				return false
			}
		}
	}
	r.levels = append(r.levels, child)
	return true
}

// shortList is how many rows a list may be assumed to have that is read with what is told
// of the rows above it.
const shortList = 20

// short tells that the schema assumes a short list (@listSize, of IBM's cost directives).
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
	return err == nil && n <= shortList
}

// pair adds the only child of a list that starts from nothing, whose rows can be told
// apart by one column.
func (r *reading) pair() bool {
	list := r.last()
	if len(r.levels) > 1 || list.shape == shapeOne || len(list.children) != 1 || len(list.relation.Link.PrimaryKey()) != 1 {
		return false
	}
	r.levels = append(r.levels, list.children[0])
	return true
}

// tells reports whether anything of the level's rows is written.
func (lv *level) tells() bool {
	for _, o := range lv.objects {
		for _, p := range o.pieces {
			if p.kind == pieceCell || p.kind == pieceComputed {
				return true
			}
		}
	}
	return false
}
