package fastpath

// write puts the rows of all levels together.
func (r *run) write() error {
	size := 64
	for i := range r.levels {
		size += len(r.levels[i].text) + 4*r.levels[i].n
	}
	if r.report.Stream != nil { // what is sent makes room
		size = min(size, 2*enough)
	}
	r.out = r.plan.form.begin(make([]byte, 0, size))
	for i := range r.plan.top.pieces {
		p := &r.plan.top.pieces[i]
		r.out = append(r.out, p.text...)
		if p.kind == pieceLevel {
			if err := r.level(p.level, 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// level writes what a field has for one row of its parent's level.
func (r *run) level(lv *level, parent int) error {
	d := &r.levels[lv.id]
	key := int(d.place[parent])
	if r.coming != nil && r.coming.level == lv {
		return r.pass(lv, d, key)
	}
	from, to := int(d.from[key]), int(d.from[key+1])
	switch lv.shape {
	case shapeOne:
		if from < to {
			r.out = r.plan.form.there(r.out)
			return r.row(lv, d, lv.objects[0], from)
		}
		if lv.nonNull {
			return errNullForNonNull
		}
		r.out = r.plan.form.missing(r.out)
		return nil
	case shapePages:
		return r.page(lv, d, key, from, to)
	case shapeGroups:
		return r.groups(lv, d, from, to)
	}
	return r.list(lv, d, from, to, func(row int) error { return r.row(lv, d, lv.objects[0], row) })
}

// list writes the rows of one parent.
func (r *run) list(lv *level, d *rows, from, to int, item func(row int) error) error {
	f := r.plan.form
	r.out = f.open(r.out)
	backward := lv.shape == shapePages && d.params.Page != nil && d.params.Page.Last != nil
	for i := from; i < to; i++ {
		r.out = f.item(r.out, i == from)
		row := i
		if backward { // the rows came from the end of the list
			row = to - 1 - (i - from)
		}
		if err := item(row); err != nil {
			return err
		}
	}
	r.out = f.close(r.out)
	return nil
}

// groups writes the rows of one parent as a list of lists.
func (r *run) groups(lv *level, d *rows, from, to int) error {
	f := r.plan.form
	r.out = f.open(r.out)
	for i := from; i < to; i++ {
		r.group(i == from, d.breaks[i])
		if err := r.row(lv, d, lv.objects[0], i); err != nil {
			return err
		}
	}
	if from < to {
		r.out = f.close(r.out)
	}
	r.out = f.close(r.out)
	return nil
}

// group goes to the next item of a list of lists, which may begin a list.
func (r *run) group(first, begins bool) {
	f := r.plan.form
	switch {
	case first:
		r.out = f.open(f.item(r.out, true))
	case begins:
		r.out = f.open(f.item(f.close(r.out), false))
	}
	r.out = f.item(r.out, first || begins)
}

// row writes an object: its segments, and between them its levels.
func (r *run) row(lv *level, d *rows, o *object, row int) error {
	at := row*lv.ends() + o.first
	for i := range o.pieces {
		p := &o.pieces[i]
		if p.kind != pieceLevel {
			continue
		}
		r.out = append(r.out, d.segment(at)...)
		at++
		if err := r.level(p.level, row); err != nil {
			return err
		}
	}
	r.out = append(r.out, d.segment(at)...)
	return r.flow()
}

// ends is how many segments a row has.
func (lv *level) ends() int {
	if lv.cursors {
		return lv.segments + 1
	}
	return lv.segments
}

func (d *rows) segment(at int) []byte {
	from := uint32(0)
	if at > 0 {
		from = d.ends[at-1]
	}
	return d.text[from:d.ends[at]]
}

// page writes a connection.
func (r *run) page(lv *level, d *rows, key, from, to int) error {
	backward := d.params.Page != nil && d.params.Page.Last != nil
	first, last := from, to-1
	if backward {
		first, last = last, first
	}
	for i := range lv.connection.pieces {
		p := &lv.connection.pieces[i]
		r.out = append(r.out, p.text...)
		var err error
		switch p.kind {
		case pieceNodes:
			o := lv.objects[p.index]
			err = r.list(lv, d, from, to, func(row int) error { return r.row(lv, d, o, row) })
		case pieceEdges:
			err = r.list(lv, d, from, to, func(row int) error { return r.edge(lv, d, p.edge, row) })
		case pieceHasNext:
			r.out = r.plan.form.bool(r.out, d.beyond(key, !backward))
		case pieceHasPrevious:
			r.out = r.plan.form.bool(r.out, d.beyond(key, backward))
		case pieceStart:
			err = r.cursor(lv, d, first, from < to)
		case pieceEnd:
			err = r.cursor(lv, d, last, from < to)
		case pieceTotal:
			r.out = r.plan.form.int(r.out, d.counts[key])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// beyond tells whether there is more at one of the page's ends: where the reading went,
// what it found there; where it began, whether there was a cursor.
func (d *rows) beyond(key int, ahead bool) bool {
	page := d.params.Page
	switch {
	case page == nil:
		return false
	case ahead:
		return d.more[key]
	case page.Last != nil:
		return page.Before != ""
	}
	return page.After != ""
}

func (r *run) edge(lv *level, d *rows, edge *object, row int) error {
	for i := range edge.pieces {
		p := &edge.pieces[i]
		r.out = append(r.out, p.text...)
		switch p.kind {
		case pieceCursor:
			if err := r.cursor(lv, d, row, true); err != nil {
				return err
			}
		case pieceNode:
			if err := r.row(lv, d, lv.objects[p.index], row); err != nil {
				return err
			}
		}
	}
	return nil
}
