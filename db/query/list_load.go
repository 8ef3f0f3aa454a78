package query

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/uptrace/bun"
)

// withoutLists returns p with the ids of people in place of the lists, and the columns of the lists.
func (e *Edge[T]) withoutLists(db *DB, p Params) (Params, []ListColumn) {
	var lists []ListColumn
	var columns []string
	for _, name := range e.Columns(db, p) {
		if list, ok := e.list(name); ok {
			lists, name = append(lists, list), list.MemberColumn
		}
		columns = append(columns, name)
	}
	if lists != nil {
		p.Columns = columns
	}
	return p, lists
}

// loadLists reads the lists of the rows of some parents and sets their fields.
func (e *Edge[T]) loadLists(ctx context.Context, db *DB, conn bun.IConn, keys []Key, rows []*T, lists []ListColumn) error {
	if len(rows) == 0 {
		return nil
	}
	for _, list := range lists {
		members := e.members(db, keys, rows, list)
		values := &listValues{kind: e.Kind(db, list.name)}
		if err := values.load(ctx, db, conn, list.MemberList, members); err != nil {
			return fmt.Errorf("read %s: %w", list.Name, WrapError(err))
		}
		field := TableOf[T](db).FieldMap[list.name]
		for i, row := range rows {
			cell, err := values.appendCell(nil, members[i][0], members[i][1])
			if err != nil {
				return err
			}
			if err := json.Unmarshal(cell, field.Value(reflect.ValueOf(row).Elem()).Addr().Interface()); err != nil {
				return err
			}
		}
	}
	return nil
}

// members returns the course and the person of each row.
func (e *Edge[T]) members(db *DB, keys []Key, rows []*T, list ListColumn) []Key {
	member := KeyFunc[T](db, []string{list.MemberColumn})
	members := make([]Key, len(rows))
	for i, row := range rows {
		members[i] = Key{keys[MetaOf(row).Parent][0], member(row)[0]}
	}
	return members
}

// load reads the values of people with one statement. If there are many, it reads the values of all
// people of their courses.
func (lv *listValues) load(ctx context.Context, db *DB, conn bun.IConn, list *MemberList, members []Key) error {
	wanted, width := members, 2
	if len(members) > maxListSubqueries {
		wanted, width = lv.missing(members), 1
	}
	wanted, _ = distinctKeys(wanted)
	var courses, people []int64
	var values []string
	if err := list.selectValues(db, wanted, width).Conn(conn).Scan(ctx, &courses, &people, &values); err != nil {
		return err
	}
	for i, v := range values {
		if err := lv.add(courses[i], people[i], []byte(v)); err != nil {
			return err
		}
	}
	lv.sort()
	return nil
}
