package exporter

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/db/transfer"
)

// A writer writes the lines of the manifest from a snapshot.
type writer struct {
	*run
	tx       query.ReadTx
	manifest *manifest
	names    *names
}

// writeAll writes all lines. Results are last, because an import reads the manifest up to the last line of
// each type.
func (w *writer) writeAll(ctx context.Context) error {
	write := []func(context.Context) error{
		w.accounts, w.courses, w.sections, w.users, w.enrollments, w.assignments, w.apiKeys,
	}
	for _, table := range transfer.Tables() {
		write = append(write, w.rows(table))
	}
	for _, f := range append(write, w.results) {
		if err := f(ctx); err != nil {
			return err
		}
	}
	return nil
}

// rows returns a function that writes the rows of a table that travels unchanged.
func (w *writer) rows(table transfer.Table) func(context.Context) error {
	return func(ctx context.Context) error {
		err := table.Each(ctx, w.tx, func(row any) error {
			if b, ok := row.(*db.Bundle); ok {
				if err := w.bundleFile(ctx, b); err != nil {
					return err
				}
				w.addProgress(1)
			}
			line, err := rowLine(table.Name, row)
			if err != nil {
				return err
			}
			return w.manifest.write(line)
		})
		if err != nil {
			return fmt.Errorf("export the table %s: %w", table.Name, err)
		}
		return nil
	}
}

// rowLine returns the line of a row, whose fields are the columns that are not null.
func rowLine(table string, row any) (json.RawMessage, error) {
	var line bytes.Buffer
	fmt.Fprintf(&line, `{"type":%q`, table)
	values := json.NewEncoder(&line)
	values.SetEscapeHTML(false)
	for _, column := range transfer.Columns(row) {
		if column.Value.Kind() == reflect.Pointer && column.Value.IsNil() {
			continue
		}
		value := column.Value.Interface()
		switch t := value.(type) {
		case time.Time:
			value = t.UTC()
		case *time.Time:
			value = t.UTC()
		}
		fmt.Fprintf(&line, ",%q:", column.Name)
		if err := values.Encode(value); err != nil {
			return nil, err
		}
	}
	line.WriteByte('}')
	return line.Bytes(), nil
}

// Names are the natural keys of the rows that lines refer to, by the ids of the rows.
type names struct {
	accounts                     map[int64]string // Canvas GUIDs
	courses                      map[int64]courseName
	users, sections, assignments map[int64]int64 // Canvas ids
}

// A courseName is the natural key of a course.
type courseName struct {
	account  string
	canvasID int64
}

func newNames() *names {
	return &names{
		accounts: map[int64]string{}, courses: map[int64]courseName{},
		users: map[int64]int64{}, sections: map[int64]int64{}, assignments: map[int64]int64{},
	}
}
