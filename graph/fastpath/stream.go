package fastpath

import (
	"slices"

	"github.com/momotor/resultgraph/db/query"
)

// enough is how many bytes of an answer are kept back before it begins, and are then sent
// at a time. What goes wrong before is told; after it the answer can only break off.
const enough = 256 << 10

// flow sends what is written, once it is enough, to a client who takes it in parts.
func (r *run) flow() error {
	if len(r.out) < enough || r.report.Stream == nil {
		return nil
	}
	if r.report.sink == nil {
		r.report.sink = r.report.Stream()
	}
	_, err := r.report.sink.Write(r.out)
	r.out = r.out[:0]
	return err
}

// finish returns the answer, or sends the rest of one that has begun.
func (r *run) finish() ([]byte, error) {
	if !r.report.Streaming() {
		return r.out, nil
	}
	_, err := r.report.sink.Write(r.out)
	return nil, err
}

// A coming is the rows of the last statement, while they come.
type coming struct {
	level *level
	rows  *query.Rows
	// cells are those of the row at hand, nil at the end, and parent is its key's place.
	cells  [][]byte
	parent int64
}

func (c *coming) next() (err error) {
	if c.cells = c.rows.Next(); c.cells != nil {
		c.parent, err = parseInt(c.cells[0])
	}
	return err
}

func (c *coming) close() error { return c.rows.Close() }

// streams chooses the level whose rows are written as they come, and puts its statement
// last: the deepest of those that have one form and nothing below them.
func (p *plan) streams() {
	best := -1
	for i, rd := range p.readings {
		if len(rd.levels) == 1 && !rd.count && rd.levels[0].leaf() && (best < 0 || rd.levels[0].depth() > p.readings[best].levels[0].depth()) {
			best = i
		}
	}
	if best < 0 {
		return
	}
	rd := p.readings[best]
	rd.stream = true
	p.readings = append(slices.Delete(p.readings, best, best+1), rd)
}

// leaf tells that the level's rows need nothing else to be written. The levels above must
// be written in one form, since the rows come once.
func (lv *level) leaf() bool {
	if lv.parent == nil || lv.shape == shapeOne || len(lv.children) > 0 || lv.totals != nil || lv.cursors || len(lv.objects) != 1 {
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
		if len(p.objects) != 1 {
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

// inOrder tells that the rows of a level, and of those above it, are written once each
// and in the order in which they are read.
func (r *run) inOrder(lv *level) bool {
	for ; lv != nil; lv = lv.parent {
		d := &r.levels[lv.id]
		if p := d.params.Page; p != nil && p.Last != nil {
			return false
		}
		if lv.parent != nil && len(d.keys) != r.levels[lv.parent.id].n {
			return false
		}
	}
	return true
}

// pass writes the rows of one parent as they come.
func (r *run) pass(lv *level, d *rows, key int) error {
	if lv.connection == nil {
		return r.items(lv, d, key)
	}
	for i := range lv.connection.pieces {
		p := &lv.connection.pieces[i]
		r.out = append(r.out, p.text...)
		if p.kind == pieceNodes {
			if err := r.items(lv, d, key); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *run) items(lv *level, d *rows, key int) error {
	c, limit := r.coming, lv.limit(d.params)
	f := r.plan.form
	r.out = f.open(r.out)
	n := 0
	for ; c.cells != nil && int(c.parent) == key; n++ {
		if n < limit {
			if err := r.item(lv, d, c.cells[1:], n == 0); err != nil {
				return err
			}
		}
		if err := c.next(); err != nil {
			return err
		}
	}
	if lv.shape == shapeGroups && n > 0 {
		r.out = f.close(r.out)
	}
	r.out = f.close(r.out)
	return c.rows.Err()
}

// item writes one row of a list.
func (r *run) item(lv *level, d *rows, cells [][]byte, first bool) (err error) {
	if lv.shape == shapeGroups {
		place, err := parseInt(cells[lv.breakAt])
		if err != nil {
			return err
		}
		r.group(first, place != d.lastPlace)
		d.lastPlace = place
	} else {
		r.out = r.plan.form.item(r.out, first)
	}
	o := lv.objects[0]
	for i := range o.pieces {
		if r.out, err = r.piece(r.out, &o.pieces[i], cells); err != nil {
			return err
		}
	}
	return r.flow()
}

// manyParents makes an operation a large one, of which few run at a time: each takes
// memory for its rows and, while it is written as they come, a connection for as long as
// its client likes to read.
const (
	manyParents = 500
	mostLarge   = 4
)

// Large is how many large operations run at the moment.
func (s *Schema) LargeOperations() int { return len(s.large) }

// enter waits until the operation may be large.
func (r *run) enter() error {
	if r.large {
		return nil
	}
	select {
	case r.schema.large <- struct{}{}:
		r.large = true
		return nil
	case <-r.ctx.Done():
		return r.ctx.Err()
	}
}

func (r *run) leave() {
	if r.large {
		<-r.schema.large
	}
}
