package fastpath

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/momotor/resultgraph/db/query"
)

// A run answers one operation by its plan.
type run struct {
	ctx    context.Context
	schema *Schema
	plan   *plan
	vars   map[string]any
	scope  query.Scope
	report *Report
	levels []rows // by the ids of the levels
	out    []byte
	// coming are the rows of the last statement, if they are written as they come.
	coming *coming
	large  bool // among the few large operations at a time
}

// rows are the rows of one level, encoded.
type rows struct {
	params query.Params
	cells  []string // the columns that are read, those of the cursor included
	cursor []int    // the places of those that the cursor is made of
	// text has the segments of all rows one after the other, and ends where each ends:
	// for each row those of the level's objects, and then what its cursor is made of.
	text []byte
	ends []uint32
	n    int
	// keys are those of the level's parents, without doubles, and place tells for each
	// row of the parent's level which is its.
	keys  []query.Key
	place []uint32
	// from tells for each key where its rows begin, and has one more for the end.
	from []uint32
	more []bool // for each key: there is another page
	// columns are the values of the children's key columns, row after row.
	columns []int64
	breaks  []bool // for each row: it begins a list of its own
	// lastPlace is that of the row before, by which breaks are found.
	lastPlace int64
	counts    []int64
	own       *buffers
}

var errNullForNonNull = errors.New("a value is missing where the schema promises one")

// answer returns the data of the answer, nothing when they were streamed.
func (r *run) answer() ([]byte, error) {
	r.levels = make([]rows, len(r.plan.levels))
	defer r.giveBack()
	for _, lv := range r.plan.levels {
		r.levels[lv.id].borrow()
		if err := r.ask(lv); err != nil {
			return nil, err
		}
	}
	defer r.leave()
	err := r.schema.conf.Store.DB().InSnapshot(r.ctx, func(sn *query.Snapshot) error {
		defer func() { r.report.Statements = sn.Statements }()
		for i, rd := range r.plan.readings {
			if err := r.read(sn, rd, i+1 < len(r.plan.readings)); err != nil {
				return err
			}
		}
		if r.coming != nil { // the last rows are written as they come
			return errors.Join(r.write(), r.coming.close())
		}
		return nil
	})
	if err == nil && r.coming == nil {
		err = r.write()
	}
	if err != nil {
		return nil, err
	}
	return r.finish()
}

func (r *run) giveBack() {
	for i := range r.levels {
		r.levels[i].giveBack()
	}
}

// ask reads the arguments of a level's field.
func (r *run) ask(lv *level) error {
	d := &r.levels[lv.id]
	var args map[string]any
	if len(lv.field.Definition.Arguments) > 0 {
		args = lv.field.ArgumentMap(r.vars)
	}
	p, err := lv.relation.Params(r.ctx, args)
	if err != nil {
		return &argumentError{err}
	}
	d.cells = lv.columns
	if lv.cursors {
		d.cells = slices.Clone(lv.columns)
		for _, name := range lv.relation.Link.OrderColumns(p.Order) {
			at := slices.Index(d.cells, name)
			if at < 0 {
				at = len(d.cells)
				d.cells = append(d.cells, name)
			}
			d.cursor = append(d.cursor, at)
		}
	}
	p.Columns = d.cells
	d.params = p
	return nil
}

// read reads one statement.
func (r *run) read(sn *query.Snapshot, rd *reading, more bool) error {
	first, last := rd.levels[0], rd.levels[len(rd.levels)-1]
	d := &r.levels[first.id]
	if !rd.count {
		r.parents(first)
		d.from = append(make([]uint32, 0, len(d.keys)+1), 0)
	}
	if len(d.keys) == 0 {
		return nil
	}
	hops := make([]query.Join, len(rd.levels))
	for i, lv := range rd.levels {
		hops[i] = query.Join{Edge: lv.relation.Link, Many: lv.shape != shapeOne, Key: lv.relation.Key, Params: r.levels[lv.id].params}
	}
	if len(d.keys) > manyParents {
		if err := r.enter(); err != nil {
			return err
		}
	}
	rows, err := sn.Read(r.ctx, query.Plan{Joins: hops, Count: rd.count}, r.scope, d.keys, more)
	if err != nil {
		return err
	}
	if rd.stream && r.large && r.inOrder(first) {
		r.coming = &coming{level: first, rows: rows}
		return r.coming.next()
	}
	switch {
	case rd.count:
		err = r.readCounts(rows, last)
	case len(rd.levels) > 1 && first.shape != shapeOne:
		err = r.readPair(rows, first, last)
	case len(rd.levels) > 1:
		err = r.readChain(rows, rd)
	default:
		err = r.readLevel(rows, last)
	}
	return errors.Join(err, rows.Close())
}

// parents collects the keys of a level from the rows of its parent.
func (r *run) parents(lv *level) {
	d := &r.levels[lv.id]
	if lv.parent == nil {
		d.keys, d.place = []query.Key{{}}, []uint32{0}
		return
	}
	p := &r.levels[lv.parent.id]
	d.place = make([]uint32, p.n)
	d.keys = make([]query.Key, 0, p.n)
	known := make(map[query.Key]uint32, p.n)
	for i := range p.n {
		var k query.Key
		for j, at := range lv.keyAt {
			k[j] = p.columns[i*len(lv.parent.keys)+at]
		}
		at, ok := known[k]
		if !ok {
			at = uint32(len(d.keys))
			known[k] = at
			d.keys = append(d.keys, k)
		}
		d.place[i] = at
	}
}

// readLevel reads the rows of one level.
func (r *run) readLevel(from *query.Rows, lv *level) error {
	d := &r.levels[lv.id]
	limit := lv.limit(d.params)
	d.more = make([]bool, len(d.keys))
	of := 0 // how many rows the parent at hand has
	for cells := from.Next(); cells != nil; cells = from.Next() {
		parent, err := parseInt(cells[0])
		if err != nil {
			return err
		}
		for len(d.from) <= int(parent) {
			d.from, of = append(d.from, uint32(d.n)), 0
		}
		if of++; of > limit {
			d.more[parent] = true
			continue
		}
		if err := r.encode(lv, d, cells[1:], of == 1); err != nil {
			return err
		}
	}
	for len(d.from) <= len(d.keys) {
		d.from = append(d.from, uint32(d.n))
	}
	return nil
}

// limit is how many rows a parent has at most on a page.
func (lv *level) limit(p query.Params) int {
	const all = 1 << 31
	switch {
	case lv.shape == shapeOne:
		return 1
	case p.Page == nil:
		return all
	case p.Page.Last != nil:
		return *p.Page.Last
	}
	return *p.Page.First
}

// readChain reads levels of which each is the only child of the one before. Each row has
// what the whole chain found; but for the last level it is the same in all.
func (r *run) readChain(from *query.Rows, rd *reading) error {
	last := rd.levels[len(rd.levels)-1]
	limit := last.limit(r.levels[last.id].params)
	more := false
	for cells := from.Next(); cells != nil; cells = from.Next() {
		cells = cells[1:]
		for _, lv := range rd.levels {
			d := &r.levels[lv.id]
			if cells[0] == nil { // the chain ends here
				break
			}
			switch {
			case lv != last && d.n > 0:
			case lv == last && d.n == limit:
				more = true
			default:
				if err := r.encode(lv, d, cells[:len(d.cells)], d.n == 0); err != nil {
					return err
				}
			}
			cells = cells[len(d.cells):]
		}
	}
	for i, lv := range rd.levels {
		d := &r.levels[lv.id]
		if i > 0 {
			r.parents(lv)
		}
		d.more = []bool{more}
		d.from = []uint32{0, uint32(d.n)}
	}
	return nil
}

// readPair reads the rows of a list that starts from nothing, each with the rows under it.
func (r *run) readPair(from *query.Rows, outer, inner *level) error {
	above, below := &r.levels[outer.id], &r.levels[inner.id]
	limit, most := outer.limit(above.params), inner.limit(below.params)
	above.more = []bool{false}
	var row []byte // the identity of the outer row at hand
	of := 0        // how many rows it has
	for cells := from.Next(); cells != nil; cells = from.Next() {
		mine, theirs := cells[1:1+len(above.cells)], cells[1+len(above.cells):]
		if above.n == 0 || !bytes.Equal(mine[0], row) {
			if above.n == limit {
				above.more[0] = true
				continue
			}
			if err := r.encode(outer, above, mine, above.n == 0); err != nil {
				return err
			}
			row, of = append(row[:0], mine[0]...), 0
			below.from, below.more = append(below.from, uint32(below.n)), append(below.more, false)
		}
		if theirs[0] == nil {
			continue
		}
		if of++; of > most {
			below.more[above.n-1] = true
			continue
		}
		if err := r.encode(inner, below, theirs, of == 1); err != nil {
			return err
		}
	}
	r.parents(inner)
	above.from, below.from = []uint32{0, uint32(above.n)}, append(below.from, uint32(below.n))
	return nil
}

func (r *run) readCounts(from *query.Rows, lv *level) error {
	d := &r.levels[lv.id]
	d.counts = make([]int64, len(d.keys))
	for cells := from.Next(); cells != nil; cells = from.Next() {
		parent, err := parseInt(cells[0])
		if err != nil {
			return err
		}
		if d.counts[parent], err = parseInt(cells[1]); err != nil {
			return err
		}
	}
	return nil
}

// encode encodes a row: the segments of its objects, what its cursor is made of, and its
// keys.
func (r *run) encode(lv *level, d *rows, cells [][]byte, first bool) error {
	for _, o := range lv.objects {
		if err := r.object(d, o, cells); err != nil {
			return err
		}
	}
	if lv.cursors {
		d.keepCursor(cells)
		d.ends = append(d.ends, uint32(len(d.text)))
	}
	for _, at := range lv.keys {
		k, err := parseInt(cells[at])
		if err != nil {
			return err
		}
		d.columns = append(d.columns, k)
	}
	if lv.shape == shapeGroups {
		place, err := parseInt(cells[lv.breakAt])
		if err != nil {
			return err
		}
		d.breaks = append(d.breaks, first || place != d.lastPlace)
		d.lastPlace = place
	}
	d.n++
	return nil
}

// object encodes what an object has of a row.
func (r *run) object(d *rows, o *object, cells [][]byte) (err error) {
	for i := range o.pieces {
		if d.text, err = r.piece(d.text, &o.pieces[i], cells); err != nil {
			return err
		}
		if o.pieces[i].kind == pieceLevel {
			d.ends = append(d.ends, uint32(len(d.text)))
		}
	}
	d.ends = append(d.ends, uint32(len(d.text)))
	return nil
}

// piece appends the text of a piece, and its value if that is one of the row.
func (r *run) piece(b []byte, p *piece, cells [][]byte) ([]byte, error) {
	b = append(b, p.text...)
	switch p.kind {
	case pieceCell:
		if cells[p.index] == nil && p.nonNull {
			return nil, errNullForNonNull
		}
		if p.enum {
			return r.plan.form.enum(b, p.cell, cells[p.index], r.plan.enumCase)
		}
		return r.plan.form.cell(b, p.cell, cells[p.index])
	case pieceComputed:
		return p.computed.append(r.ctx, b, cells)
	}
	return b, nil
}

func (c *computed) append(ctx context.Context, b []byte, cells [][]byte) ([]byte, error) {
	var room [8][]byte
	own := room[:0]
	for _, at := range c.at {
		own = append(own, cells[at])
	}
	return c.Append(ctx, b, own)
}
