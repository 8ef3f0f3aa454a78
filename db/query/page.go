package query

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/momotor/resultgraph/internal/fault"
)

// A Page is a part of a list, as the Relay specification of cursor connections has it.
// Exactly one of First and Last is set, and neither is negative.
type Page struct {
	First, Last   *int
	After, Before string
}

// Backward reports whether the page is read from the end of the list.
func (p *Page) Backward() bool { return p.Last != nil }

// Neighbors reports whether there are rows before and after the page. More says that the
// list goes on where its reading ended.
func (p *Page) Neighbors(more bool) (previous, next bool) {
	if p.Backward() {
		return more, p.Before != ""
	}
	return p.After != "", more
}

// Limit is the number of rows that the page holds at most.
func (p *Page) Limit() int {
	if p.Backward() {
		return *p.Last
	}
	return *p.First
}

// A Connection is one page of a list of T, as the Relay specification has it.
type Connection[T any] struct {
	Nodes    []*T
	PageInfo *PageInfo
	// Count counts the rows on all pages; it runs only when it is asked for.
	Count func(context.Context) (int64, error)
	db    *DB
	order Order
}

// A ConnectionEdge is a row with its cursor: what GraphQL calls the edge of a connection.
type ConnectionEdge[T any] struct {
	Node   *T
	Cursor string
}

// PageInfo tells where a page stands in the whole list.
type PageInfo struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string
	EndCursor       *string
}

// NewConnection makes the connection of the rows that Load returned for one parent with p:
// at most one more than the page holds, which tells whether there is another page.
func NewConnection[T any](db *DB, rows []*T, p Params) *Connection[T] {
	c := &Connection[T]{Nodes: rows, PageInfo: &PageInfo{}, db: db, order: p.Order}
	if p.Page == nil {
		return c.setPageCursors()
	}
	more := len(rows) > p.Page.Limit()
	if p.Page.Backward() {
		c.PageInfo.HasPreviousPage, c.PageInfo.HasNextPage = more, p.Page.Before != ""
		if more {
			c.Nodes = rows[1:]
		}
	} else {
		c.PageInfo.HasNextPage, c.PageInfo.HasPreviousPage = more, p.Page.After != ""
		if more {
			c.Nodes = rows[:len(rows)-1]
		}
	}
	return c.setPageCursors()
}

// setPageCursors notes the cursors at the page's ends.
func (c *Connection[T]) setPageCursors() *Connection[T] {
	if n := len(c.Nodes); n > 0 {
		start, end := c.cursor(c.Nodes[0]), c.cursor(c.Nodes[n-1])
		c.PageInfo.StartCursor, c.PageInfo.EndCursor = &start, &end
	} else {
		c.Nodes = []*T{}
	}
	return c
}

// Edges returns the rows of the page with their cursors.
func (c *Connection[T]) Edges() []*ConnectionEdge[T] {
	edges := make([]*ConnectionEdge[T], len(c.Nodes))
	for i, n := range c.Nodes {
		edges[i] = &ConnectionEdge[T]{n, c.cursor(n)}
	}
	return edges
}

// TotalCount returns how many rows there are on all pages.
func (c *Connection[T]) TotalCount(ctx context.Context) (int64, error) { return c.Count(ctx) }

// cursor writes down where a row stands in the order: the values that it is ordered by.
func (c *Connection[T]) cursor(row *T) string {
	columns := orderColumns[T](c.order)
	values := make([]any, len(columns))
	for i, name := range columns {
		field := TableOf[T](c.db).FieldMap[name]
		values[i] = field.Value(reflect.ValueOf(row).Elem()).Interface()
	}
	return EncodeCursor(c.order, values)
}

// EncodeCursor returns the cursor of a row with these values in the columns of an order.
func EncodeCursor(o Order, values []any) string {
	text, _ := json.Marshal(append([]any{o.Column}, values...)) // numbers, texts and times always can be marshaled
	return base64.RawURLEncoding.EncodeToString(text)
}

// CheckCursors reports a cursor of the page that does not belong to a list of T in
// order o, as fault.BadInput.
func CheckCursors[T any](db *DB, p *Page, o Order) error {
	for _, end := range []struct{ name, cursor string }{{"after", p.After}, {"before", p.Before}} {
		if end.cursor == "" {
			continue
		}
		if _, err := decodeCursor[T](db, end.cursor, o); err != nil {
			return fault.New(fault.BadInput, fmt.Sprintf("%s: %v", end.name, err))
		}
	}
	return nil
}

// decodeCursor reads a cursor back into the values that rows are compared with.
func decodeCursor[T any](db *DB, cursor string, o Order) ([]any, error) {
	foreign := fmt.Errorf("this is not a cursor of this list in this order")
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return nil, foreign
	}
	var parts []json.RawMessage
	columns := orderColumns[T](o)
	if json.Unmarshal(text, &parts) != nil || len(parts) != len(columns)+1 {
		return nil, foreign
	}
	var column string
	if json.Unmarshal(parts[0], &column) != nil || column != o.Column {
		return nil, foreign
	}
	values := make([]any, len(columns))
	for i, name := range columns {
		v := reflect.New(TableOf[T](db).FieldMap[name].StructField.Type)
		if json.Unmarshal(parts[i+1], v.Interface()) != nil {
			return nil, foreign
		}
		values[i] = v.Elem().Interface()
	}
	return values, nil
}

// cursorConditions says that rows stand after After and before Before.
func cursorConditions[T any](db *DB, sc Scope, p Params) []Clause {
	var out []Clause
	after, before := " > ", " < "
	if p.Order.Desc {
		after, before = before, after
	}
	for _, end := range []struct{ cursor, than string }{{p.Page.After, after}, {p.Page.Before, before}} {
		if end.cursor == "" {
			continue
		}
		values, err := decodeCursor[T](db, end.cursor, p.Order)
		if err != nil { // CheckCursors has said so before
			return []Clause{Never}
		}
		left := Tuple(orderClauses[T](db, sc, p.Order))
		right := Tuple(cursorClauses(values, IsPostgres(db)))
		out = append(out, SQL("?"+end.than+"?", left, right))
	}
	return out
}

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
