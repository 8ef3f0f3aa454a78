package query

import (
	"context"
	"reflect"
)

// A Page is a page of a list, as in the Relay specification of cursor connections. Exactly one
// of First and Last is set, and it is not negative.
type Page struct {
	First, Last   *int
	After, Before string
}

// Backward reports whether the page is read from the end of the list.
func (p *Page) Backward() bool { return p.Last != nil }

// Neighbors reports whether rows precede and follow the page. The parameter more must be
// set if rows remain in the direction of reading.
func (p *Page) Neighbors(more bool) (previous, next bool) {
	if p.Backward() {
		return more, p.Before != ""
	}
	return p.After != "", more
}

// Limit returns the maximum number of rows of the page.
func (p *Page) Limit() int {
	if p.Backward() {
		return *p.Last
	}
	return *p.First
}

// A Connection is a page of a list of T, as in the Relay specification.
type Connection[T any] struct {
	Nodes    []*T
	PageInfo *PageInfo
	// Count returns the number of rows on all pages. TotalCount calls it.
	Count func(context.Context) (int64, error)
	// Aggregate returns a value that build makes of the groups of an aggregation, for the rows on all pages.
	// It calls build with the groups of all parents together, and build returns a value for each of them.
	Aggregate func(ctx context.Context, p Params, build func(groups [][]AggregateRow) ([]any, error)) (any, error)
	db        *DB
	order     Order
}

// A ConnectionEdge is a row with its cursor: the edge of a connection in the Relay
// specification.
type ConnectionEdge[T any] struct {
	Node   *T
	Cursor string
}

// PageInfo is the position of a page in its list.
type PageInfo struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string
	EndCursor       *string
}

// NewConnection returns the connection of the rows that Edge.Load returned for one parent with p.
// Load returns one row more than the page holds if there is another page; NewConnection removes
// it.
func NewConnection[T any](db *DB, rows []*T, p Params) *Connection[T] {
	c := &Connection[T]{Nodes: rows, PageInfo: &PageInfo{}, db: db, order: p.Order}
	if p.Page == nil {
		return c.setPageCursors()
	}
	more := len(rows) > p.Page.Limit()
	c.PageInfo.HasPreviousPage, c.PageInfo.HasNextPage = p.Page.Neighbors(more)
	switch {
	case more && p.Page.Backward():
		c.Nodes = rows[1:]
	case more:
		c.Nodes = rows[:len(rows)-1]
	}
	return c.setPageCursors()
}

// setPageCursors sets the cursors of the first and the last row.
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

// TotalCount returns the number of rows on all pages.
func (c *Connection[T]) TotalCount(ctx context.Context) (int64, error) { return c.Count(ctx) }

// cursor returns the cursor of a row.
func (c *Connection[T]) cursor(row *T) string {
	columns := orderColumns[T](c.order)
	values := make([]any, len(columns))
	for i, name := range columns {
		field := TableOf[T](c.db).FieldMap[name]
		values[i] = field.Value(reflect.ValueOf(row).Elem()).Interface()
	}
	return EncodeCursor(c.order, values)
}
