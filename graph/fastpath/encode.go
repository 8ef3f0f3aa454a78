package fastpath

import "github.com/momotor/resultgraph/db/query"

// encodedFactor is the number of bytes that the texts of all levels may have for each byte of the
// largest answer. Every row is part of the answer, but the cells of its cursor may not be.
const encodedFactor = 2

// encodeRow encodes a row: the segments of its objects, the cells of its cursor, and the
// values of its key columns. It fails if the answer would exceed the budget.
func (x *execution) encodeRow(lv *level, lr *levelRows, cells [][]byte) error {
	before := len(lr.text)
	for _, o := range lv.objects {
		if err := x.encodeObject(lr, o, cells); err != nil {
			return err
		}
	}
	if lv.needsCursors {
		lr.storeCursorCells(cells)
		lr.segmentEnds = append(lr.segmentEnds, uint32(len(lr.text)))
	}
	for _, column := range lv.keyColumns {
		value, err := query.ParseInt(cells[column])
		if err != nil {
			return err
		}
		lr.keyValues = append(lr.keyValues, value)
	}
	if lv.shape == shapeGroups {
		group, err := query.ParseInt(cells[lv.groupColumn])
		if err != nil {
			return err
		}
		lr.startsGroup = append(lr.startsGroup, group != lr.lastGroup)
		lr.lastGroup = group
	}
	lr.count++
	if x.encoded += int64(len(lr.text) - before); x.encoded > x.maxEncoded {
		return x.budget.CheckBytes(x.encoded)
	}
	return nil
}

// encodeObject appends the segments of an object to lr.text.
func (x *execution) encodeObject(lr *levelRows, o *object, cells [][]byte) (err error) {
	for i := range o.pieces {
		if lr.text, err = x.appendPiece(lr.text, &o.pieces[i], cells); err != nil {
			return err
		}
		if o.pieces[i].kind == pieceLevel {
			lr.segmentEnds = append(lr.segmentEnds, uint32(len(lr.text)))
		}
	}
	lr.segmentEnds = append(lr.segmentEnds, uint32(len(lr.text)))
	return nil
}

// appendPiece appends the text of a piece and, for a column or a computed field, the value.
func (x *execution) appendPiece(b []byte, p *piece, cells [][]byte) (_ []byte, err error) {
	b = append(b, p.text...)
	var cell []byte
	switch p.kind {
	case pieceColumn:
		cell = cells[p.index]
	case pieceComputed:
		if cell, err = x.computeCell(p, cells); err != nil {
			return nil, err
		}
	default:
		return b, nil
	}
	if cell == nil && p.nonNull {
		return nil, errNullForNonNull
	}
	switch {
	case p.enum:
		return x.plan.format.appendEnum(b, p.valueKind, cell, x.plan.enumCase)
	case x.plan.format == formatJSON:
		return appendJSON(b, p.valueKind, cell)
	}
	return x.plan.format.appendCell(b, p.valueKind, cell)
}

// computeCell computes the cell of a computed field. The cell is valid until the next call.
func (x *execution) computeCell(p *piece, cells [][]byte) ([]byte, error) {
	var buf [8][]byte
	args := buf[:0]
	for _, column := range p.columns {
		args = append(args, cells[column])
	}
	cell, err := x.cellFns[p.index](x.ctx, x.cellBuffer[:0], args)
	if cell != nil {
		x.cellBuffer = cell
	}
	return cell, err
}
