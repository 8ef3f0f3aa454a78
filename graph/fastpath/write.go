package fastpath

// write combines the rows of all levels into the data of the answer.
func (x *execution) write() error {
	size := 64
	for i := range x.levels {
		size += len(x.levels[i].text) + 4*x.levels[i].count
	}
	if x.canStream() { // flush empties x.data
		size = min(size, 2*flushSize)
	}
	x.data = x.plan.format.appendStart(make([]byte, 0, size))
	for i := range x.plan.root.pieces {
		p := &x.plan.root.pieces[i]
		x.data = append(x.data, p.text...)
		var err error
		switch p.kind {
		case pieceLevel:
			err = x.writeLevel(p.level, 0)
		case pieceLookup:
			err = x.writeLookup(p.lookup)
		case pieceResolverField:
			x.data = append(x.data, x.resolverData[p.alias]...)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// writeLookup writes the object for each id of a lookup, or null if there is no such object.
func (x *execution) writeLookup(l *lookup) error {
	f, ids := x.plan.format, x.lookups[l.id]
	if l.list {
		x.data = f.appendListStart(x.data)
	}
	for i, id := range ids {
		if l.list {
			x.data = f.appendItem(x.data, i == 0)
		}
		lv := l.levels[id.Type]
		if lv == nil {
			x.data = f.appendAbsent(x.data)
			continue
		}
		if err := x.writeLevel(lv, i); err != nil {
			return err
		}
	}
	if l.list {
		x.data = f.appendListEnd(x.data)
	}
	return nil
}

// writeLevel writes the value of a level's field for one row of the parent's level.
func (x *execution) writeLevel(lv *level, parent int) error {
	lr := &x.levels[lv.id]
	if lv.shape == shapeConnection && !lv.readsRows() {
		return x.writeConnection(lv, lr, parent, 0, 0)
	}
	key := int(lr.keyIndex[parent])
	if x.stream != nil && x.stream.level == lv {
		return x.streamLevel(lv, lr, key)
	}
	from, to := int(lr.firstRow[key]), int(lr.firstRow[key+1])
	switch lv.shape {
	case shapeSingle:
		if from < to {
			x.data = x.plan.format.appendPresent(x.data)
			return x.writeRow(lv, lr, lv.objects[0], from)
		}
		if lv.nonNull {
			return errNullForNonNull
		}
		x.data = x.plan.format.appendAbsent(x.data)
		return nil
	case shapeConnection:
		return x.writeConnection(lv, lr, parent, from, to)
	case shapeGroups:
		return x.writeGroups(lv, lr, from, to)
	}
	return x.writeList(lv, lr, from, to, func(row int) error { return x.writeRow(lv, lr, lv.objects[0], row) })
}

// writeList writes the rows of one parent.
func (x *execution) writeList(lv *level, lr *levelRows, from, to int, item func(row int) error) error {
	f := x.plan.format
	x.data = f.appendListStart(x.data)
	backward := lv.shape == shapeConnection && lr.params.Page != nil && lr.params.Page.Backward()
	for i := from; i < to; i++ {
		x.data = f.appendItem(x.data, i == from)
		row := i
		if backward { // the rows were read from the end of the list
			row = to - 1 - (i - from)
		}
		if err := item(row); err != nil {
			return err
		}
	}
	x.data = f.appendListEnd(x.data)
	return nil
}

// writeGroups writes the rows of one parent as a list of lists.
func (x *execution) writeGroups(lv *level, lr *levelRows, from, to int) error {
	f := x.plan.format
	x.data = f.appendListStart(x.data)
	for i := from; i < to; i++ {
		x.startGroupItem(i == from, lr.startsGroup[i])
		if err := x.writeRow(lv, lr, lv.objects[0], i); err != nil {
			return err
		}
	}
	if from < to {
		x.data = f.appendListEnd(x.data)
	}
	x.data = f.appendListEnd(x.data)
	return nil
}

// startGroupItem starts the next item of a list of lists. It starts a new inner list if first
// or newGroup is true.
func (x *execution) startGroupItem(first, newGroup bool) {
	f := x.plan.format
	switch {
	case first:
		x.data = f.appendListStart(f.appendItem(x.data, true))
	case newGroup:
		x.data = f.appendListStart(f.appendItem(f.appendListEnd(x.data), false))
	}
	x.data = f.appendItem(x.data, first || newGroup)
}

// writeRow writes an object of a row: its segments, and its child levels between them.
func (x *execution) writeRow(lv *level, lr *levelRows, o *object, row int) error {
	segment := row*lv.rowSegments() + o.firstSegment
	for i := range o.pieces {
		p := &o.pieces[i]
		if p.kind != pieceLevel {
			continue
		}
		x.data = append(x.data, lr.segment(segment)...)
		segment++
		if err := x.writeLevel(p.level, row); err != nil {
			return err
		}
	}
	x.data = append(x.data, lr.segment(segment)...)
	return x.flush()
}

// rowSegments returns the number of segments of a row, including the segment with the cells of
// its cursor.
func (lv *level) rowSegments() int {
	if lv.needsCursors {
		return lv.objectSegments + 1
	}
	return lv.objectSegments
}

func (lr *levelRows) segment(i int) []byte {
	start := uint32(0)
	if i > 0 {
		start = lr.segmentEnds[i-1]
	}
	return lr.text[start:lr.segmentEnds[i]]
}

// writeConnection writes one page of rows of a parent as a Relay connection.
func (x *execution) writeConnection(lv *level, lr *levelRows, parent, from, to int) error {
	first, last := from, to-1
	var hasPrevious, hasNext bool
	if page := lr.params.Page; page != nil && lv.readsRows() {
		hasPrevious, hasNext = page.Neighbors(lr.hasMore[lr.keyIndex[parent]])
		if page.Backward() {
			first, last = last, first
		}
	}
	for i := range lv.connection.pieces {
		p := &lv.connection.pieces[i]
		x.data = append(x.data, p.text...)
		var err error
		switch p.kind {
		case pieceNodes:
			o := lv.objects[p.index]
			err = x.writeList(lv, lr, from, to, func(row int) error { return x.writeRow(lv, lr, o, row) })
		case pieceEdges:
			err = x.writeList(lv, lr, from, to, func(row int) error { return x.writeEdge(lv, lr, p.edgeObject, row) })
		case pieceHasNext:
			x.data = x.plan.format.appendBool(x.data, hasNext)
		case pieceHasPrevious:
			x.data = x.plan.format.appendBool(x.data, hasPrevious)
		case pieceStartCursor:
			err = x.writeCursor(lv, lr, first, from < to)
		case pieceEndCursor:
			err = x.writeCursor(lv, lr, last, from < to)
		case pieceTotal:
			x.data = x.plan.format.appendInt(x.data, lr.totals[lr.keyIndex[parent]])
		case pieceFigure:
			err = x.writeFigure(p, parent)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// writeFigure writes a figure of a connection.
func (x *execution) writeFigure(p *piece, parent int) error {
	if p.level.shape == shapeConnection {
		return x.writeLevel(p.level, parent)
	}
	lr := &x.levels[p.level.id]
	return x.writeRow(p.level, lr, p.level.objects[p.index], int(lr.firstRow[lr.keyIndex[parent]]))
}

func (x *execution) writeEdge(lv *level, lr *levelRows, edge *object, row int) error {
	for i := range edge.pieces {
		p := &edge.pieces[i]
		x.data = append(x.data, p.text...)
		switch p.kind {
		case pieceCursor:
			if err := x.writeCursor(lv, lr, row, true); err != nil {
				return err
			}
		case pieceNode:
			if err := x.writeRow(lv, lr, lv.objects[p.index], row); err != nil {
				return err
			}
		}
	}
	return nil
}
