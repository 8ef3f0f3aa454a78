package fastpath

import (
	"bytes"
	"errors"
	"slices"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
)

// levelRows are the rows of one level, encoded.
type levelRows struct {
	params  query.Params
	columns []string // those that are read, including the columns of the cursor
	// cursorColumns are the indexes of the columns that the cursor is made of.
	cursorColumns []int
	// text holds the segments of all rows one after the other, and segmentEnds the end of
	// each: for each row those of the level's objects, and then the values of its cursor.
	text        []byte
	segmentEnds []uint32
	count       int
	// keys are the distinct keys of the level's parents, and keyIndex is the index of the
	// key of each row of the parent's level.
	keys     []query.Key
	keyIndex []uint32
	// firstRow is the index of the first row of each key, and of the end.
	firstRow []uint32
	hasMore  []bool // for each key: the list goes on after the page
	// keyValues are the values of the level's keyColumns, row after row.
	keyValues  []int64
	groupStart []bool // for each row: it begins a list of its own
	lastGroup  int64  // the value of the group column in the previous row
	totals     []int64
	pooled     *buffers
}

// prepareLevel converts the arguments of a level's field.
func (x *execution) prepareLevel(lv *level) error {
	lr := &x.levels[lv.id]
	lr.columns = lv.columns
	if lv.relation.Object != nil {
		return x.loadObject(lv, lr)
	}
	if lv.lookup != nil {
		lr.params.Columns = lr.columns
		return nil
	}
	var args map[string]any
	if len(lv.field.Definition.Arguments) > 0 {
		args = lv.field.ArgumentMap(x.op.Variables)
	}
	p, err := lv.relation.Params(x.ctx, args)
	if err != nil {
		return &argumentError{err}
	}
	if lv.needsCursors {
		lr.columns = slices.Clone(lv.columns)
		for _, name := range lv.relation.Edge.OrderColumns(p.Order) {
			i := slices.Index(lr.columns, name)
			if i < 0 {
				i = len(lr.columns)
				lr.columns = append(lr.columns, name)
			}
			lr.cursorColumns = append(lr.cursorColumns, i)
		}
	}
	p.Columns = lr.columns
	lr.params = p
	return nil
}

// loadObject loads the only row of a level that is not in the store.
func (x *execution) loadObject(lv *level, lr *levelRows) error {
	object, err := lv.relation.Object.Load(x.ctx)
	if err != nil {
		return err
	}
	cells, err := lv.cells(object)
	if err != nil {
		return err
	}
	lr.keys, lr.keyIndex, lr.firstRow = []query.Key{{}}, []uint32{0}, []uint32{0, 1}
	return x.encodeRow(lv, lr, cells, true)
}

// requiredStatements returns the statements of the plan without those for types that no
// requested id has.
func (x *execution) requiredStatements() []*statement {
	if len(x.plan.lookups) == 0 {
		return x.plan.statements
	}
	var out []*statement
	for _, st := range x.plan.statements {
		root := st.levels[0]
		for root.parent != nil {
			root = root.parent
		}
		if root.lookup == nil || slices.ContainsFunc(x.lookups[root.lookup.id], func(id db.NodeID) bool { return id.Type == root.typeName }) {
			out = append(out, st)
		}
	}
	return out
}

// read runs one statement and reads its rows. More says that another statement follows.
func (x *execution) read(sn *query.Snapshot, st *statement, more bool) error {
	first, last := st.levels[0], st.levels[len(st.levels)-1]
	lr := &x.levels[first.id]
	if !st.count {
		x.collectKeys(first)
		lr.firstRow = append(make([]uint32, 0, len(lr.keys)+1), 0)
	}
	if len(lr.keys) == 0 {
		return nil
	}
	joins := make([]query.Join, len(st.levels))
	for i, lv := range st.levels {
		joins[i] = query.Join{Edge: lv.relation.Edge, Many: lv.shape != shapeSingle, Key: lv.relation.Key, Params: x.levels[lv.id].params}
	}
	if len(lr.keys) > largeThreshold {
		if err := x.acquireLarge(); err != nil {
			return err
		}
	}
	rows, err := sn.Read(x.ctx, query.Plan{Joins: joins, Count: st.count}, x.scope, lr.keys, more)
	if err != nil {
		return err
	}
	if st.stream && x.large && x.readsInOrder(first) {
		x.stream = &rowStream{level: first, rows: rows}
		return x.stream.next()
	}
	switch {
	case st.count:
		err = x.readTotals(rows, last)
	case len(st.levels) > 1 && first.shape != shapeSingle:
		err = x.readPair(rows, first, last)
	case len(st.levels) > 1:
		err = x.readChain(rows, st)
	default:
		err = x.readLevel(rows, last)
	}
	return errors.Join(err, rows.Close())
}

// collectKeys collects the keys of a level from the rows of its parent, or from the ids of
// its lookup.
func (x *execution) collectKeys(lv *level) {
	lr := &x.levels[lv.id]
	switch {
	case lv.lookup != nil:
		ids := x.lookups[lv.lookup.id]
		lr.startKeys(len(ids))
		known := map[query.Key]uint32{}
		for i, id := range ids {
			if id.Type == lv.typeName {
				lr.addKey(known, i, id.Key)
			}
		}
	case lv.parent == nil:
		lr.keys, lr.keyIndex = []query.Key{{}}, []uint32{0}
	default:
		parent := &x.levels[lv.parent.id]
		lr.startKeys(parent.count)
		known := make(map[query.Key]uint32, parent.count)
		for i := range parent.count {
			var key query.Key
			for j, column := range lv.parentKey {
				key[j] = parent.keyValues[i*len(lv.parent.keyColumns)+column]
			}
			lr.addKey(known, i, key)
		}
	}
}

func (lr *levelRows) startKeys(parents int) {
	lr.keyIndex = make([]uint32, parents)
	lr.keys = make([]query.Key, 0, parents)
}

// addKey adds the key of a row of the parent's level, unless it is known.
func (lr *levelRows) addKey(known map[query.Key]uint32, row int, key query.Key) {
	i, ok := known[key]
	if !ok {
		i = uint32(len(lr.keys))
		known[key] = i
		lr.keys = append(lr.keys, key)
	}
	lr.keyIndex[row] = i
}

// readLevel reads the rows of one level.
func (x *execution) readLevel(rows *query.Rows, lv *level) error {
	lr := &x.levels[lv.id]
	limit := lv.limit(lr.params)
	lr.hasMore = make([]bool, len(lr.keys))
	siblings := 0 // rows of the current key so far
	for cells := rows.Next(); cells != nil; cells = rows.Next() {
		key, err := parseInt(cells[0])
		if err != nil {
			return err
		}
		for len(lr.firstRow) <= int(key) {
			lr.firstRow, siblings = append(lr.firstRow, uint32(lr.count)), 0
		}
		if siblings++; siblings > limit {
			lr.hasMore[key] = true
			continue
		}
		if err := x.encodeRow(lv, lr, cells[1:], siblings == 1); err != nil {
			return err
		}
	}
	for len(lr.firstRow) <= len(lr.keys) {
		lr.firstRow = append(lr.firstRow, uint32(lr.count))
	}
	return nil
}

// limit is the maximum number of rows of a parent in the answer.
func (lv *level) limit(p query.Params) int {
	const unlimited = 1 << 31
	switch {
	case lv.shape == shapeSingle:
		return 1
	case p.Page == nil:
		return unlimited
	}
	return p.Page.Limit()
}

// readChain reads levels each of which is the only child of the one before. Each row holds
// the columns of the whole chain; only those of the last level differ.
func (x *execution) readChain(rows *query.Rows, st *statement) error {
	last := st.levels[len(st.levels)-1]
	limit := last.limit(x.levels[last.id].params)
	more := false
	for cells := rows.Next(); cells != nil; cells = rows.Next() {
		cells = cells[1:]
		for _, lv := range st.levels {
			lr := &x.levels[lv.id]
			if cells[0] == nil { // the chain ends here
				break
			}
			switch {
			case lv != last && lr.count > 0:
			case lv == last && lr.count == limit:
				more = true
			default:
				if err := x.encodeRow(lv, lr, cells[:len(lr.columns)], lr.count == 0); err != nil {
					return err
				}
			}
			cells = cells[len(lr.columns):]
		}
	}
	for i, lv := range st.levels {
		lr := &x.levels[lv.id]
		if i > 0 {
			x.collectKeys(lv)
		}
		lr.hasMore = []bool{more}
		lr.firstRow = []uint32{0, uint32(lr.count)}
	}
	return nil
}

// readPair reads the rows of a list without a parent, each with the rows of its child.
func (x *execution) readPair(rows *query.Rows, parent, child *level) error {
	parents, children := &x.levels[parent.id], &x.levels[child.id]
	parentLimit, childLimit := parent.limit(parents.params), child.limit(children.params)
	parents.hasMore = []bool{false}
	var identity []byte // of the current parent
	siblings := 0       // children of the current parent so far
	for cells := rows.Next(); cells != nil; cells = rows.Next() {
		parentCells, childCells := cells[1:1+len(parents.columns)], cells[1+len(parents.columns):]
		if parents.count == 0 || !bytes.Equal(parentCells[0], identity) {
			if parents.count == parentLimit {
				parents.hasMore[0] = true
				continue
			}
			if err := x.encodeRow(parent, parents, parentCells, parents.count == 0); err != nil {
				return err
			}
			identity, siblings = append(identity[:0], parentCells[0]...), 0
			children.firstRow, children.hasMore = append(children.firstRow, uint32(children.count)), append(children.hasMore, false)
		}
		if childCells[0] == nil {
			continue
		}
		if siblings++; siblings > childLimit {
			children.hasMore[parents.count-1] = true
			continue
		}
		if err := x.encodeRow(child, children, childCells, siblings == 1); err != nil {
			return err
		}
	}
	x.collectKeys(child)
	parents.firstRow, children.firstRow = []uint32{0, uint32(parents.count)}, append(children.firstRow, uint32(children.count))
	return nil
}

func (x *execution) readTotals(rows *query.Rows, lv *level) error {
	lr := &x.levels[lv.id]
	lr.totals = make([]int64, len(lr.keys))
	for cells := rows.Next(); cells != nil; cells = rows.Next() {
		key, err := parseInt(cells[0])
		if err != nil {
			return err
		}
		if lr.totals[key], err = parseInt(cells[1]); err != nil {
			return err
		}
	}
	return nil
}
