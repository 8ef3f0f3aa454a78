package fastpath

import (
	"encoding/binary"

	"github.com/momotor/resultgraph/db/query"
)

// keepCursor keeps the cells of a row that its cursor is made of. Few cursors of a page
// are ever written, so they are made when they are.
func (d *rows) keepCursor(cells [][]byte) {
	for _, at := range d.cursor {
		length := int64(len(cells[at]))
		if cells[at] == nil {
			length = -1
		}
		d.text = append(binary.AppendVarint(d.text, length), cells[at]...)
	}
}

// cursor writes the cursor of a row as a JSON string, or null without a row.
func (r *run) cursor(lv *level, d *rows, row int, there bool) error {
	if !there {
		r.out = r.plan.form.null(r.out)
		return nil
	}
	kept := d.segment(row*lv.ends() + lv.segments)
	values := make([]any, len(d.cursor))
	for i, at := range d.cursor {
		length, n := binary.Varint(kept)
		kept = kept[n:]
		if length < 0 {
			continue
		}
		var err error
		kind := lv.relation.Link.Kind(r.schema.conf.Store.DB(), d.cells[at])
		if values[i], err = value(kind, kept[:length]); err != nil {
			return err
		}
		kept = kept[length:]
	}
	r.out = r.plan.form.word(r.out, query.EncodeCursor(d.params.Order, values))
	return nil
}
