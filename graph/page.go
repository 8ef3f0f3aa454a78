package graph

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/fault"
)

// A window is the arguments with which Relay's connections are paged.
type window struct {
	first, last   *int
	after, before *string
}

// page checks the arguments and returns the page that they ask for. A trusted document
// that asks for no page gets the whole list.
func (w window) page(ctx context.Context, r *Resolver) (*db.Page, error) {
	if w.first != nil && w.last != nil {
		return nil, fault.New(fault.BadInput, "give first or last, not both")
	}
	if w.first == nil && w.last == nil {
		if isTrusted(ctx) && w.after == nil && w.before == nil {
			return nil, nil
		}
		w.first = &r.DefaultPage
	}
	for name, n := range map[string]*int{"first": w.first, "last": w.last} {
		if n != nil && (*n < 0 || *n > r.MaxPage && !isTrusted(ctx)) {
			return nil, fault.New(fault.BadInput, fmt.Sprintf("%s must be between 0 and %d", name, r.MaxPage))
		}
	}
	return &db.Page{First: w.first, Last: w.last, After: text(w.after), Before: text(w.before)}, nil
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// connections returns one page of what the edge leads to, for each parent.
func connections[P, C any](ctx context.Context, r *Resolver, parents []*P, f follow[P, C], w window) ([]*db.Connection[C], error) {
	page, err := w.page(ctx, r)
	if err != nil {
		return nil, err
	}
	if f.params.Page = page; page != nil {
		if err := db.CheckCursors[C](r.Store, page, f.params.Order); err != nil {
			return nil, err
		}
	}
	rows, err := f.of(ctx, r, parents)
	if err != nil {
		return nil, err
	}
	field := graphql.GetFieldContext(ctx).Field
	out := make([]*db.Connection[C], len(parents))
	for i, p := range parents {
		out[i] = db.Connect(r.Store, rows[i], f.params)
		out[i].Total = func(ctx context.Context) (int64, error) { return f.count(ctx, r, field, p) }
	}
	return out, nil
}

// ones returns the only row that the edge leads to, or nil, for each parent.
func ones[P, C any](ctx context.Context, r *Resolver, parents []*P, f follow[P, C]) ([]*C, error) {
	rows, err := f.of(ctx, r, parents)
	if err != nil {
		return nil, err
	}
	out := make([]*C, len(parents))
	for i := range parents {
		if len(rows[i]) > 0 {
			out[i] = rows[i][0]
		}
	}
	return out, nil
}

// rootConnection returns one page of a list that starts from nothing.
func rootConnection[C any](ctx context.Context, r *Resolver, edge *db.Edge[C], params db.Params, w window) (*db.Connection[C], error) {
	f := follow[db.Kinless, C]{edge: edge, key: rootKey, params: params}
	c, err := connections(ctx, r, []*db.Kinless{{}}, f, w)
	if err != nil {
		return nil, err
	}
	return c[0], nil
}

func rootKey(*db.Kinless) db.Key { return db.Key{} }

// rootOne returns the only row of an edge that starts from nothing or from a key, or nil.
func rootOne[C any](ctx context.Context, r *Resolver, edge *db.Edge[C], key db.Key, filter []db.Clause) (*C, error) {
	params := db.Params{Filter: filter, Columns: wanted[C](ctx, r.Store)}
	rows, err := edge.Load(ctx, r.Store, scopeOf(ctx), []db.Key{key}, params)
	if err != nil || len(rows[0]) == 0 {
		return nil, err
	}
	return rows[0][0], nil
}
