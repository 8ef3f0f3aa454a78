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
	"github.com/momotor/resultgraph/graph/budget"
)

// An edgeLoad loads the rows of C that an edge selects for each parent.
type edgeLoad[P, C any] struct {
	edge   *query.Edge[C]
	key    func(*P) query.Key
	params query.Params
	// values is the number of values of each row in the answer: see valuesOf.
	values int
}

// load returns the rows of each parent, and counts them in the operation's budget. One statement reads
// the rows for all parents of the same batch, so the number of statements grows with the depth of an
// operation, but not with the number of rows.
func (l edgeLoad[P, C]) load(ctx context.Context, r *Resolver, parents []*P) ([][]*C, error) {
	if len(parents) == 0 {
		return nil, nil
	}
	field := graphql.GetFieldContext(ctx).Field.Field
	key := loaderKey{field, "rows", strings.Join(l.params.Columns, " ")}
	rows, err := loadForBatch(ctx, key, parents, func(ctx context.Context, batch []*P) ([][]*C, error) {
		return l.edge.Load(ctx, r.db(ctx), scopeOf(ctx), l.keys(batch), l.params)
	})
	if err != nil {
		return nil, err
	}
	count := 0
	for _, siblings := range rows {
		count += len(siblings)
	}
	return rows, budget.From(ctx).AddValues(count * l.values)
}

// loadPages returns one page of each parent's rows. It reads no rows if only figures are selected.
func (l edgeLoad[P, C]) loadPages(ctx context.Context, r *Resolver, parents []*P) (_ []*query.Connection[C], err error) {
	field := graphql.GetFieldContext(ctx).Field
	rows := make([][]*C, len(parents))
	if selectsRows(graphql.GetOperationContext(ctx), field) {
		if rows, err = l.load(ctx, r, parents); err != nil {
			return nil, err
		}
	}
	out := make([]*query.Connection[C], len(parents))
	for i, p := range parents {
		// A connection only formats rows, so it needs the schema and no snapshot.
		out[i] = query.NewConnection(r.Store.DB(), rows[i], l.params)
		out[i].Count = func(ctx context.Context) (int64, error) { return l.count(ctx, r, field, p) }
		out[i].Aggregate = func(ctx context.Context, params query.Params, build func([][]query.AggregateRow) ([]any, error)) (any, error) {
			return l.aggregate(ctx, r, field, p, params.OfFigures(l.params), build)
		}
	}
	return out, nil
}

// count returns the number of rows of a parent on all pages.
func (l edgeLoad[P, C]) count(ctx context.Context, r *Resolver, field graphql.CollectedField, parent *P) (int64, error) {
	key := loaderKey{field.Field, "count", ""}
	counts, err := loadForBatch(ctx, key, []*P{parent}, func(ctx context.Context, batch []*P) ([]int64, error) {
		return l.edge.Count(ctx, r.db(ctx), scopeOf(ctx), l.keys(batch), l.params)
	})
	if err != nil {
		return 0, err
	}
	return counts[0], nil
}

// aggregate returns the value for a parent that build makes of the groups of all parents of the batch.
func (l edgeLoad[P, C]) aggregate(ctx context.Context, r *Resolver, list graphql.CollectedField, parent *P, p query.Params,
	build func([][]query.AggregateRow) ([]any, error),
) (any, error) {
	key := loaderKey{list.Field, "figures " + graphql.GetFieldContext(ctx).Field.Alias, ""}
	values, err := loadForBatch(ctx, key, []*P{parent}, func(ctx context.Context, batch []*P) ([]any, error) {
		groups, err := l.edge.LoadAggregates(ctx, r.db(ctx), scopeOf(ctx), l.keys(batch), p)
		if err != nil {
			return nil, err
		}
		return build(groups)
	})
	if err != nil {
		return nil, err
	}
	return values[0], nil
}

func (l edgeLoad[P, C]) keys(parents []*P) []query.Key {
	keys := make([]query.Key, len(parents))
	for i, p := range parents {
		keys[i] = l.key(p)
	}
	return keys
}

// A loaderKey identifies a loader of a batch by the field of the document, the kind of values
// ("rows" or "count") and the columns. The columns are part of the key because a field of a
// fragment can be part of several selections, which need different columns.
type loaderKey struct {
	field   *ast.Field
	kind    string
	columns string
}

// loadForBatch returns the value of each row. The first call for a key loads the values of all
// rows of the batch; later calls with the same key return these values.
func loadForBatch[P, V any](ctx context.Context, key loaderKey, rows []*P,
	load func(context.Context, []*P) ([]V, error),
) ([]V, error) {
	batch := query.MetaOf(rows[0]).Batch
	if batch == nil { // the rows were not read from the store, like the root object
		return load(ctx, rows)
	}
	l := batch.Memo.Get(key, func() any { return newLoader(batch.Rows.([]*P), load) }).(*loader[P, V])
	return l.load(ctx, rows)
}

// A loader is a dataloader whose keys are the indexes of the rows of a batch. It loads the values
// as soon as all indexes are requested, so it never waits for the dataloader's timer.
type loader[P, V any] struct {
	values *dataloader.Loader[int, V]
	size   int
	once   sync.Once
}

func newLoader[P, V any](batch []*P, load func(context.Context, []*P) ([]V, error)) *loader[P, V] {
	loadIndexes := func(ctx context.Context, indexes []int) []*dataloader.Result[V] {
		out := make([]*dataloader.Result[V], len(indexes))
		rows := make([]*P, len(indexes))
		for i, index := range indexes {
			rows[i] = batch[index]
		}
		values, err := load(ctx, rows)
		for i := range out {
			out[i] = &dataloader.Result[V]{Error: err}
			if err == nil {
				out[i].Data = values[i]
			}
		}
		return out
	}
	return &loader[P, V]{size: len(batch), values: dataloader.NewBatchedLoader(loadIndexes,
		dataloader.WithBatchCapacity[int, V](len(batch)),
		dataloader.WithInputCapacity[int, V](len(batch)),
		dataloader.WithWait[int, V](time.Minute))}
}

func (l *loader[P, V]) load(ctx context.Context, rows []*P) ([]V, error) {
	l.once.Do(func() {
		for index := range l.size {
			l.values.Load(ctx, index)
		}
	})
	out := make([]V, len(rows))
	for i, row := range rows {
		v, err := l.values.Load(ctx, query.MetaOf(row).Index)()
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}
