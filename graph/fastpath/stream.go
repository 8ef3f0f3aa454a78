package fastpath

import (
	"slices"

	"github.com/momotor/resultgraph/db/query"
)

// flushSize is the minimum number of bytes in each part of an answer but the last. An error
// before the first part makes the resolvers answer; a later error interrupts the answer.
const flushSize = 256 << 10

// canStream reports whether parts of the answer can be sent before the answer is complete. An
// answer with errors is sent as a whole, because a streamed answer contains only data.
func (x *execution) canStream() bool { return x.report.Stream != nil && len(x.errs) == 0 }

// flush sends a part of the answer if it is large enough and can be streamed. It fails if the part
// alone exceeds the budget.
func (x *execution) flush() error {
	if len(x.data) < flushSize {
		return nil
	}
	if err := x.budget.CheckBytes(int64(len(x.data))); err != nil || !x.canStream() {
		return err
	}
	if x.report.sink == nil {
		path := "fast"
		if x.plan.resolverFields != nil {
			path = "mixed"
		}
		sink, err := x.report.Stream(path)
		if err != nil {
			return err
		}
		x.report.sink = sink
	}
	_, err := x.report.sink.Write(x.data)
	x.data = x.data[:0]
	return err
}

// finish returns the data, or sends its last part.
func (x *execution) finish() ([]byte, error) {
	if !x.report.Streaming() {
		return x.data, nil
	}
	_, err := x.report.sink.Write(x.data)
	return nil, err
}

// A rowStream reads the rows of a statement one at a time.
type rowStream struct {
	level *level
	rows  *query.Rows
	// cells are the cells of the current row, or nil after the last row. key is the index of
	// the row's key in levelRows.keys.
	cells [][]byte
	key   int64
}

func (rs *rowStream) next() (err error) {
	if rs.cells = rs.rows.Next(); rs.cells != nil {
		rs.key, err = query.ParseInt(rs.cells[0])
	}
	return err
}

func (rs *rowStream) close() error { return rs.rows.Close() }

// chooseStream chooses the deepest level that can be streamed, and moves its statement to the
// end. The rows of that level are written while they are read.
func (p *plan) chooseStream() {
	best := -1
	for i, st := range p.statements {
		if len(st.levels) == 1 && !st.count && st.levels[0].streamable() && (best < 0 || st.levels[0].depth() > p.statements[best].levels[0].depth()) {
			best = i
		}
	}
	if best < 0 {
		return
	}
	st := p.statements[best]
	st.stream = true
	p.statements = append(slices.Delete(p.statements, best, best+1), st)
}

// streamable reports whether each row of the level can be written when it is read. This
// requires that no later row is needed for it, and that each parent is written only once.
func (lv *level) streamable() bool {
	if lv.parent == nil || lv.figure != nil || lv.shape == shapeSingle || len(lv.children) > 0 || lv.counts != nil || lv.needsCursors || len(lv.objects) != 1 {
		return false
	}
	if lv.connection != nil {
		for _, p := range lv.connection.pieces {
			if p.kind != pieceText && p.kind != pieceNodes {
				return false
			}
		}
	}
	for p := lv.parent; p != nil; p = p.parent {
		if len(p.objects) != 1 || p.lookup != nil {
			return false
		}
	}
	return true
}

func (lv *level) depth() (n int) {
	for p := lv.parent; p != nil; p = p.parent {
		n++
	}
	return n
}

// readsInOrder reports whether the rows of a level and of all levels above it are written in
// the order in which they are read, each row once.
func (x *execution) readsInOrder(lv *level) bool {
	for ; lv != nil; lv = lv.parent {
		lr := &x.levels[lv.id]
		if p := lr.params.Page; p != nil && p.Backward() {
			return false
		}
		if lv.parent != nil && len(lr.keys) != x.levels[lv.parent.id].count {
			return false
		}
	}
	return true
}

// streamLevel writes the rows of one parent while they are read.
func (x *execution) streamLevel(lv *level, lr *levelRows, key int) error {
	if lv.connection == nil {
		return x.streamRows(lv, lr, key)
	}
	for i := range lv.connection.pieces {
		p := &lv.connection.pieces[i]
		x.data = append(x.data, p.text...)
		if p.kind == pieceNodes {
			if err := x.streamRows(lv, lr, key); err != nil {
				return err
			}
		}
	}
	return nil
}

func (x *execution) streamRows(lv *level, lr *levelRows, key int) error {
	rs, limit, f := x.stream, lv.limit(lr.params), x.plan.format
	x.data = f.appendListStart(x.data)
	n := 0
	for ; rs.cells != nil && int(rs.key) == key; n++ {
		if n < limit {
			if err := x.streamRow(lv, lr, rs.cells[1:], n == 0); err != nil {
				return err
			}
		}
		if err := rs.next(); err != nil {
			return err
		}
	}
	if lv.shape == shapeGroups && n > 0 {
		x.data = f.appendListEnd(x.data)
	}
	x.data = f.appendListEnd(x.data)
	return rs.rows.Err()
}

// streamRow writes one item of a list.
func (x *execution) streamRow(lv *level, lr *levelRows, cells [][]byte, first bool) (err error) {
	if lv.shape == shapeGroups {
		group, err := query.ParseInt(cells[lv.groupColumn])
		if err != nil {
			return err
		}
		x.startGroupItem(first, group != lr.lastGroup)
		lr.lastGroup = group
	} else {
		x.data = x.plan.format.appendItem(x.data, first)
	}
	o := lv.objects[0]
	for i := range o.pieces {
		if x.data, err = x.appendPiece(x.data, &o.pieces[i], cells); err != nil {
			return err
		}
	}
	return x.flush()
}
