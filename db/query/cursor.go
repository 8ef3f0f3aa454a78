package query

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/momotor/resultgraph/internal/fault"
)

// EncodeCursor returns the cursor of a row: the name of the order, and the row's values in the
// columns of the order, as base64 of a JSON array.
func EncodeCursor(o Order, values []any) string {
	text, _ := json.Marshal(append([]any{o.name()}, values...)) // numbers, texts and times can always be encoded
	return base64.RawURLEncoding.EncodeToString(text)
}

// CheckCursors fails with fault.BadInput when a cursor of the page does not belong to a list of T
// in order o.
func CheckCursors[T any](db *DB, p *Page, o Order) error {
	for _, end := range []struct{ name, cursor string }{{"after", p.After}, {"before", p.Before}} {
		if end.cursor == "" {
			continue
		}
		if _, err := decodeCursor[T](db, end.cursor, o); err != nil {
			return fault.New(fault.BadInput, fmt.Sprintf("“%s” is %v; pass a cursor of the same list in the same order.", end.name, err))
		}
	}
	return nil
}

// decodeCursor returns the values of a cursor, one for each column of the order.
func decodeCursor[T any](db *DB, cursor string, o Order) ([]any, error) {
	invalid := errors.New("not a cursor of this list in this order")
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return nil, invalid
	}
	var parts []json.RawMessage
	columns := orderColumns[T](o)
	if json.Unmarshal(text, &parts) != nil || len(parts) != len(columns)+1 {
		return nil, invalid
	}
	var name string
	if json.Unmarshal(parts[0], &name) != nil || name != o.name() {
		return nil, invalid
	}
	values := make([]any, len(columns))
	for i, name := range columns {
		v := reflect.New(TableOf[T](db).FieldMap[name].StructField.Type)
		if json.Unmarshal(parts[i+1], v.Interface()) != nil || !isStorable(v.Elem()) {
			return nil, invalid
		}
		values[i] = v.Elem().Interface()
	}
	return values, nil
}

// isStorable reports whether a value of a cursor is one that both databases can store, and so compare.
func isStorable(v reflect.Value) bool {
	if v.Kind() == reflect.Pointer {
		return v.IsNil() || isStorable(v.Elem())
	}
	if t, ok := v.Interface().(time.Time); ok {
		year := t.UTC().Year()
		return 1 <= year && year <= 9998
	}
	return v.Kind() != reflect.String || !strings.Contains(v.String(), "\x00")
}

// cursorConditions returns the conditions that rows are after the cursor Page.After and before the
// cursor Page.Before.
func cursorConditions[T any](db *DB, sc Scope, p Params) []Clause {
	var out []Clause
	terms, columns := orderTerms[T](p.Order), orderClauses[T](db, sc, p.Order)
	for _, end := range []struct {
		cursor string
		before bool
	}{{p.Page.After, false}, {p.Page.Before, true}} {
		if end.cursor == "" {
			continue
		}
		values, err := decodeCursor[T](db, end.cursor, p.Order)
		if err != nil { // callers that need the error call CheckCursors first
			return []Clause{Never}
		}
		out = append(out, pastCursor(terms, columns, cursorClauses(values, IsPostgres(db)), end.before))
	}
	return out
}

// pastCursor returns the condition that a row is after the row of a cursor or, if before is set,
// before it. Columns that all have one direction are compared as a row value, which can use an index.
func pastCursor(terms []orderTerm, columns, values []Clause, before bool) Clause {
	n := 1
	for n < len(terms) && terms[n].desc == terms[0].desc {
		n++
	}
	comparison := " > "
	if terms[0].desc != before {
		comparison = " < "
	}
	past := SQL("?"+comparison+"?", Tuple(columns[:n]), Tuple(values[:n]))
	if n == len(terms) {
		return past
	}
	rest := pastCursor(terms[n:], columns[n:], values[n:], before)
	return SQL("(? OR ? = ? AND ?)", past, Tuple(columns[:n]), Tuple(values[:n]), rest)
}

// cursorClauses returns the values of a cursor in the form in which they compare with the columns
// of orderClauses.
func cursorClauses(values []any, pg bool) []Clause {
	out := make([]Clause, len(values))
	for i, v := range values {
		rv := reflect.ValueOf(v)
		switch {
		case rv.Kind() == reflect.Pointer && rv.IsNil():
			out[i] = nullSubstitute(rv.Type().Elem(), pg)
		case rv.Type() == reflect.TypeFor[*time.Time]() && pg:
			out[i] = SQL("?::timestamptz", v)
		default:
			out[i] = SQL("?", v)
		}
	}
	return out
}
