package query

import (
	"errors"
	"slices"
)

// A listRead returns the rows of a plan with lists, in place of the ids of people that its source
// returns.
type listRead struct {
	source rowSource
	cells  []listCell
	// requests read the values that the snapshot does not have yet, and reads are their lists.
	requests []request
	reads    []*listValues
	// keys are the keys of the parents; nil for a chain, whose rows belong to one course.
	keys []Key
	// course is the course of a chain, 0 if none of its people has a value.
	course int64
	// buffer has the text of the lists of the current row.
	buffer []byte
}

// A listCell is the index of a cell that holds the id of a person, and the values of the list.
type listCell struct {
	index  int
	values *listValues
}

// newListRead returns the listRead for columns of a plan, or nil without columns.
func (sn *Snapshot) newListRead(p *Plan, columns []ListColumn, keys []Key) *listRead {
	if len(columns) == 0 {
		return nil
	}
	r := &listRead{}
	if p.courseJoins() == 0 {
		r.keys = keys
	}
	for _, c := range columns {
		values := sn.listValues(c.Name, p.Joins[c.join].Edge.Kind(sn.db, c.name))
		r.cells = append(r.cells, listCell{p.cellIndex(c), values})
		missing := values.missing(r.keys)
		if slices.Contains(r.reads, values) {
			continue
		}
		if r.keys == nil || len(missing) > 0 {
			r.requests, r.reads = append(r.requests, request{plan: p.listPlan(c.MemberList), keys: missing}), append(r.reads, values)
		}
	}
	return r
}

// listValues returns the values of a list that the snapshot has read.
func (sn *Snapshot) listValues(name string, kind Kind) *listValues {
	values, ok := sn.lists[name]
	if !ok {
		values = &listValues{kind: kind, courses: map[int64]bool{}}
		if sn.lists == nil {
			sn.lists = map[string]*listValues{}
		}
		sn.lists[name] = values
	}
	return values
}

// cellIndex returns the index of a column among the cells of a row.
func (p *Plan) cellIndex(c ListColumn) int {
	index := 1 + slices.Index(p.Joins[c.join].Params.Columns, c.name)
	for _, j := range p.Joins[:c.join] {
		index += len(j.Params.Columns)
	}
	return index
}

// readValues reads the values of the requests.
func (r *listRead) readValues(answers []*Rows) error {
	for i, answer := range answers {
		if err := errors.Join(r.readList(answer.source, r.reads[i]), answer.source.close()); err != nil {
			return err
		}
		for _, key := range r.requests[i].keys {
			r.reads[i].courses[key[0]] = true
		}
	}
	return nil
}

// readList reads the values of one list. Each row has a course, a person and a value.
func (r *listRead) readList(rows rowSource, values *listValues) error {
	for {
		cells, err := rows.next()
		if cells == nil {
			values.sort()
			return err
		}
		course, err := ParseInt(cells[0])
		if err != nil {
			return err
		}
		member, err := ParseInt(cells[1])
		if err != nil {
			return err
		}
		if err := values.add(course, member, cells[2]); err != nil {
			return err
		}
		if r.course != course {
			r.course, values.courses[course] = course, true
		}
	}
}

func (r *listRead) next() ([][]byte, error) {
	cells, err := r.source.next()
	if cells == nil {
		return nil, err
	}
	return cells, r.putLists(cells)
}

func (r *listRead) close() error { return r.source.close() }

// putLists replaces the ids of people in a row by their lists.
func (r *listRead) putLists(cells [][]byte) error {
	course := r.course
	if r.keys != nil {
		parent, err := ParseInt(cells[0])
		if err != nil {
			return err
		}
		course = r.keys[parent][0]
	}
	r.buffer = r.buffer[:0]
	for _, c := range r.cells {
		if cells[c.index] == nil { // there is no row of the join
			continue
		}
		member, err := ParseInt(cells[c.index])
		if err != nil {
			return err
		}
		from := len(r.buffer)
		if r.buffer, err = c.values.appendCell(r.buffer, course, member); err != nil {
			return err
		}
		cells[c.index] = r.buffer[from:]
	}
	return nil
}
