package fastpath

import (
	"encoding/binary"

	"github.com/momotor/resultgraph/db/query"
)

// storeCursorCells stores the cells from which writeCursor can encode the cursor of a row.
// Most answers contain few cursors, so only the cursors that are written are encoded.
func (lr *levelRows) storeCursorCells(cells [][]byte) {
	for _, column := range lr.cursorColumns {
		length := int64(len(cells[column]))
		if cells[column] == nil {
			length = -1
		}
		lr.text = append(binary.AppendVarint(lr.text, length), cells[column]...)
	}
}

// writeCursor writes the cursor of a row as a string, or null when there is no row.
func (x *execution) writeCursor(lv *level, lr *levelRows, row int, exists bool) error {
	if !exists {
		x.data = x.plan.format.appendNull(x.data)
		return nil
	}
	encoded := lr.segment(row*lv.rowSegments() + lv.objectSegments)
	values := make([]any, len(lr.cursorColumns))
	for i, column := range lr.cursorColumns {
		length, n := binary.Varint(encoded)
		encoded = encoded[n:]
		if length < 0 {
			continue
		}
		var err error
		kind := lv.relation.Edge.Kind(x.schema.conf.DB, lr.columns[column])
		if values[i], err = parseCell(kind, encoded[:length]); err != nil {
			return err
		}
		encoded = encoded[length:]
	}
	x.data = x.plan.format.appendString(x.data, query.EncodeCursor(lr.params.Order, values))
	return nil
}
