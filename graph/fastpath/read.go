package fastpath

import (
	"bytes"
	"errors"
	"slices"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
)

// levelRows are the encoded rows of one level.
type levelRows struct {
	params query.Params
	// analysis is the analysis of a level that has one in place of rows.
	analysis query.AnyAnalysis
	// columns are the columns that are read, including the columns of the cursor.
	columns []string
	// cursorColumns are the indexes in columns of the columns of the cursor.
	cursorColumns []int
	// text is the concatenation of the segments of all rows, and segmentEnds are the ends of
	// the segments in text. A row has the segments of its objects, in the order of
	// level.objects, and then one segment with the cells of its cursor if the level needs
	// cursors.
	text        []byte
	segmentEnds []uint32
	// count is the number of rows, and maxRows the maximum before the rows are read: see isLarge.
	count, maxRows int
	// keys are the distinct keys of the rows of the parent's level. keyIndex has, for each row
	// of the parent's level, the index of its key in keys.
	keys     []query.Key
	keyIndex []uint32
	// firstRow has, for each key, the index of its first row, and at the end the number of
	// rows.
	firstRow []uint32
	// hasMore has, for each key, whether the store has more rows than the page.
	hasMore []bool
	// keyValues are the values of level.keyColumns, row after row.
	keyValues []int64
	// startsGroup has, for each row of shapeGroups, whether its group differs from that of the
	// previous row. lastGroup is the value of the group column in the previous row.
	startsGroup []bool
	lastGroup   int64
	// totals has, for each key, the number of its rows on all pages.
	totals []int64
	pooled *buffers
}

// prepareLevel decodes the arguments of a level's field.
func (x *execution) prepareLevel(lv *level) error {
	lr := &x.levels[lv.id]
	lr.columns = lv.columns
	if lv.figure != nil {
		return x.prepareFigure(lv, lr)
	}
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
	if lv.relation.Analysis != nil {
		analysis, err := lv.relation.Analysis.Prepare(x.ctx, args, lv.analysisFields)
		if err != nil {
			return &argumentError{err}
		}
		lr.analysis = analysis
		return nil
	}
	p, err := lv.relation.Params(x.ctx, args, lv.isInConnection())
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
	p.Columns, p.OnlyPage = lr.columns, lv.onlyPage()
	lr.params = p
	return nil
}

// loadObject loads and encodes the only row of a level whose relation is an Object.
func (x *execution) loadObject(lv *level, lr *levelRows) error {
	object, err := lv.relation.Object.Load(x.ctx)
	if err != nil {
		return err
	}
	cells, err := lv.objectCells(object)
	if err != nil {
		return err
	}
	lr.keys, lr.keyIndex, lr.firstRow = []query.Key{{}}, []uint32{0}, []uint32{0, 1}
	return x.encodeRow(lv, lr, cells)
}

// requiredStatements returns the statements of the plan that must run. It skips the statements
// of a lookup for a type if none of the requested ids has that type.
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

// readStatement runs one statement and reads its rows. more is true if another statement
// follows.
func (x *execution) readStatement(sn *query.Snapshot, st *statement, more bool) error {
	first, last := st.levels[0], st.levels[len(st.levels)-1]
	lr := &x.levels[first.id]
	if !st.count || !first.readsRows() {
		x.collectKeys(first)
	}
	if !st.count {
		lr.firstRow = append(make([]uint32, 0, len(lr.keys)+1), 0)
	}
	if len(lr.keys) == 0 {
		return nil
	}
	if first.relation.Analysis != nil {
		return x.readAnalysis(sn, first, more)
	}
	rows, err := sn.Read(x.ctx, query.Plan{Joins: x.joins(st), Count: st.count}, x.scope, lr.keys, more)
	if err != nil {
		return err
	}
	if st.stream && len(lr.keys) > largeThreshold && x.readsInOrder(first) {
		x.stream = &rowStream{level: first, rows: rows}
		return x.stream.next()
	}
	switch {
	case st.count:
		err = x.readTotals(rows, last)
	case st.hasTwoLists():
		err = x.readListAndChild(rows, first, last)
	case len(st.levels) > 1:
		err = x.readChain(rows, st)
	default:
		err = x.readLevel(rows, st)
	}
	return errors.Join(err, rows.Close())
}

// joins returns the joins of a statement.
func (x *execution) joins(st *statement) []query.Join {
	joins := make([]query.Join, 0, len(st.levels)+1)
	add := func(lv *level) {
		joins = append(joins, query.Join{Edge: lv.relation.Edge, Many: lv.shape != shapeSingle, Key: lv.relation.Key, Params: x.levels[lv.id].params})
	}
	for _, lv := range st.levels {
		add(lv)
	}
	if st.single != nil {
		add(st.single)
	}
	return joins
}

// collectKeys sets the keys of a level from the rows of its parent or from the ids of its
// lookup.
func (x *execution) collectKeys(lv *level) {
	lr := &x.levels[lv.id]
	switch {
	case lv.lookup != nil:
		ids := x.lookups[lv.lookup.id]
		lr.allocateKeys(len(ids))
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
		lr.allocateKeys(parent.count)
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

func (lr *levelRows) allocateKeys(parents int) {
	lr.keyIndex = make([]uint32, parents)
	lr.keys = make([]query.Key, 0, parents)
}

// addKey sets the key of one row of the parent's level. known has the index of each key that
// was added before.
func (lr *levelRows) addKey(known map[query.Key]uint32, row int, key query.Key) {
	i, ok := known[key]
	if !ok {
		i = uint32(len(lr.keys))
		known[key] = i
		lr.keys = append(lr.keys, key)
	}
	lr.keyIndex[row] = i
}

// encodeRows encodes the row of the last level of a statement, and the row of its single child.
func (x *execution) encodeRows(st *statement, cells [][]byte) error {
	lv := st.last()
	lr := &x.levels[lv.id]
	columns := len(lr.columns)
	if err := x.encodeRow(lv, lr, cells[:columns]); err != nil || st.single == nil {
		return err
	}
	child := &x.levels[st.single.id]
	child.keyIndex, child.firstRow = append(child.keyIndex, uint32(len(child.keyIndex))), append(child.firstRow, uint32(child.count))
	if st.single.figure == nil && cells[columns] == nil { // there is no row
		return nil
	}
	return x.encodeRow(st.single, child, cells[columns:])
}

// endSingle ends the rows of the single child of a statement. Each row of the last level is a parent of
// its own.
func (x *execution) endSingle(st *statement) {
	if st.single != nil {
		child := &x.levels[st.single.id]
		child.firstRow = append(child.firstRow, uint32(child.count))
		child.keys = make([]query.Key, len(child.keyIndex))
	}
}

// readLevel reads the rows of a statement of one level.
func (x *execution) readLevel(rows *query.Rows, st *statement) error {
	lv := st.last()
	lr := &x.levels[lv.id]
	limit := lv.limit(lr.params)
	lr.hasMore = make([]bool, len(lr.keys))
	if lv.figure != nil && lv.figure.total > 0 {
		lr.totals = make([]int64, len(lr.keys))
	}
	siblings := 0 // the number of rows of the current key so far
	for cells := rows.Next(); cells != nil; cells = rows.Next() {
		key, err := query.ParseInt(cells[0])
		if err != nil {
			return err
		}
		for len(lr.firstRow) <= int(key) {
			lr.firstRow, siblings = append(lr.firstRow, uint32(lr.count)), 0
		}
		if lr.totals != nil {
			if lr.totals[key], err = query.ParseInt(cells[lv.figure.total]); err != nil {
				return err
			}
		}
		if siblings++; siblings > limit {
			lr.hasMore[key] = true
			continue
		}
		if err := x.encodeRows(st, cells[1:]); err != nil {
			return err
		}
	}
	x.endSingle(st)
	for len(lr.firstRow) <= len(lr.keys) {
		lr.firstRow = append(lr.firstRow, uint32(lr.count))
	}
	return nil
}

// limit returns the maximum number of rows that the answer contains for one parent.
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

// readChain reads the rows of a chain of levels. All levels but the last have at most one row.
// Each row of the statement has the columns of all levels, so the columns of the upper levels
// are repeated.
func (x *execution) readChain(rows *query.Rows, st *statement) error {
	last := st.levels[len(st.levels)-1]
	limit := last.limit(x.levels[last.id].params)
	more := false
	for cells := rows.Next(); cells != nil; cells = rows.Next() {
		cells = cells[1:]
		for _, lv := range st.levels {
			lr := &x.levels[lv.id]
			if cells[0] == nil { // this level and the levels below it have no row
				break
			}
			switch {
			case lv != last && lr.count > 0:
			case lv == last && lr.count == limit:
				more = true
			case lv == last:
				if err := x.encodeRows(st, cells); err != nil {
					return err
				}
			default:
				if err := x.encodeRow(lv, lr, cells[:len(lr.columns)]); err != nil {
					return err
				}
			}
			cells = cells[len(lr.columns):]
		}
	}
	x.endSingle(st)
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

// readListAndChild reads the rows of a list without a parent level, and the rows of its child
// level. Each row of the statement has the columns of both levels.
func (x *execution) readListAndChild(rows *query.Rows, parent, child *level) error {
	parents, children := &x.levels[parent.id], &x.levels[child.id]
	parentLimit, childLimit := parent.limit(parents.params), child.limit(children.params)
	parents.hasMore = []bool{false}
	var parentID []byte // the cell of the primary key of the current parent
	siblings := 0       // the number of children of the current parent so far
	for cells := rows.Next(); cells != nil; cells = rows.Next() {
		parentCells, childCells := cells[1:1+len(parents.columns)], cells[1+len(parents.columns):]
		if parents.count == 0 || !bytes.Equal(parentCells[0], parentID) {
			if parents.count == parentLimit {
				parents.hasMore[0] = true
				continue
			}
			if err := x.encodeRow(parent, parents, parentCells); err != nil {
				return err
			}
			parentID, siblings = append(parentID[:0], parentCells[0]...), 0
			children.firstRow, children.hasMore = append(children.firstRow, uint32(children.count)), append(children.hasMore, false)
		}
		if childCells[0] == nil {
			continue
		}
		if siblings++; siblings > childLimit {
			children.hasMore[parents.count-1] = true
			continue
		}
		if err := x.encodeRow(child, children, childCells); err != nil {
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
		key, err := query.ParseInt(cells[0])
		if err != nil {
			return err
		}
		if lr.totals[key], err = query.ParseInt(cells[1]); err != nil {
			return err
		}
	}
	return nil
}
