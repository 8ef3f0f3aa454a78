package graph

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/graph-gophers/dataloader/v7"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/db/query"
)

// A follow leads from parents to what one field of theirs asks for: rows of C along an
// edge, by the key of each parent.
type follow[P, C any] struct {
	edge   *query.Edge[C]
	key    func(*P) query.Key
	params query.Params
}

// of returns the rows of each parent, read in one statement for all rows that came
// into the answer together with these parents: depth decides how many statements an
// operation takes, and breadth does not.
func (f follow[P, C]) of(ctx context.Context, r *Resolver, parents []*P) ([][]*C, error) {
	if len(parents) == 0 {
		return nil, nil
	}
	if f.params.Columns == nil {
		f.params.Columns = wanted[C](ctx, r.Store)
	}
	scope := scopeOf(ctx)
	batch := query.MetaOf(parents[0]).Batch
	read := func(ctx context.Context, siblings []*P) ([][]*C, error) {
		keys := make([]query.Key, len(siblings))
		for i, p := range siblings {
			keys[i] = f.key(p)
		}
		return f.edge.Load(ctx, r.Store.DB(), scope, keys, f.params)
	}
	return siblingLoad(ctx, batch, f.memo(ctx, "rows"), parents, read)
}

// pages returns the page of each parent's rows that the parameters ask for.
func (f follow[P, C]) pages(ctx context.Context, r *Resolver, parents []*P) ([]*query.Connection[C], error) {
	rows, err := f.of(ctx, r, parents)
	if err != nil {
		return nil, err
	}
	field := graphql.GetFieldContext(ctx).Field
	out := make([]*query.Connection[C], len(parents))
	for i, p := range parents {
		out[i] = query.NewConnection(r.Store.DB(), rows[i], f.params)
		out[i].Count = func(ctx context.Context) (int64, error) { return f.count(ctx, r, field, p) }
	}
	return out, nil
}

// count returns how many rows each parent has, pages aside.
func (f follow[P, C]) count(ctx context.Context, r *Resolver, field graphql.CollectedField, parent *P) (int64, error) {
	scope := scopeOf(ctx)
	read := func(ctx context.Context, siblings []*P) ([]int64, error) {
		keys := make([]query.Key, len(siblings))
		for i, p := range siblings {
			keys[i] = f.key(p)
		}
		return f.edge.Count(ctx, r.Store.DB(), scope, keys, f.params)
	}
	memo := memoKey{field.Field, "count", ""}
	counts, err := siblingLoad(ctx, query.MetaOf(parent).Batch, memo, []*P{parent}, read)
	if err != nil {
		return 0, err
	}
	return counts[0], nil
}

// A memoKey tells apart what is read on from a batch of rows: by which field of the
// document, and with which columns, since a fragment's field may stand in several
// selections.
type memoKey struct {
	field   *ast.Field
	what    string
	columns string
}

func (f follow[P, C]) memo(ctx context.Context, what string) memoKey {
	field := graphql.GetFieldContext(ctx).Field.Field
	return memoKey{field, what, strings.Join(f.params.Columns, " ")}
}

// siblingLoad returns the values of some rows of a batch. The first who asks has them
// read for the whole batch; a loader keeps them for the others.
func siblingLoad[P, V any](ctx context.Context, batch *query.Batch, memo memoKey, rows []*P,
	read func(context.Context, []*P) ([]V, error),
) ([]V, error) {
	if batch == nil { // not a row of the store, such as the viewer
		return read(ctx, rows)
	}
	l := batch.Memo.Get(memo, func() any { return newLoader(batch.Rows.([]*P), read) }).(*loader[P, V])
	return l.load(ctx, rows)
}

// A loader is a dataloader over the places of a batch. It knows how many will be asked
// for, so it never waits for a timer.
type loader[P, V any] struct {
	places *dataloader.Loader[int, V]
	size   int
	once   sync.Once
}

func newLoader[P, V any](batch []*P, read func(context.Context, []*P) ([]V, error)) *loader[P, V] {
	load := func(ctx context.Context, places []int) []*dataloader.Result[V] {
		out := make([]*dataloader.Result[V], len(places))
		siblings := make([]*P, len(places))
		for i, at := range places {
			siblings[i] = batch[at]
		}
		values, err := read(ctx, siblings)
		for i := range out {
			out[i] = &dataloader.Result[V]{Error: err}
			if err == nil {
				out[i].Data = values[i]
			}
		}
		return out
	}
	return &loader[P, V]{size: len(batch), places: dataloader.NewBatchedLoader(load,
		dataloader.WithBatchCapacity[int, V](len(batch)),
		dataloader.WithInputCapacity[int, V](len(batch)),
		dataloader.WithWait[int, V](time.Minute))}
}

func (l *loader[P, V]) load(ctx context.Context, rows []*P) ([]V, error) {
	l.once.Do(func() {
		for place := range l.size {
			l.places.Load(ctx, place)
		}
	})
	out := make([]V, len(rows))
	for i, r := range rows {
		v, err := l.places.Load(ctx, query.MetaOf(r).Place)()
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}
