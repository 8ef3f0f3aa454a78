package graph

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/fastpath"
)

// An analysis is a field of the GraphQL type for P whose value is a V that a query.Analysis computes. A is
// the type of the field's arguments. The resolvers and the fast path share analyses.
type analysis[P, V any, A analysisArguments[V]] struct {
	// key has the names of the columns of P that form the key of the query.Analysis.
	key []string
}

// analysisArguments is implemented by structs that hold the arguments of a field with an analysis. Each
// field of such a struct has the name of an argument.
type analysisArguments[V any] interface {
	// validate returns an error if the arguments are invalid.
	validate(ctx context.Context, r *Resolver) error
	// analysis converts valid arguments. Selected are the names of the fields that are selected on the
	// value.
	analysis(ctx context.Context, selected []string) query.Analysis[V]
}

// keyColumns returns the columns of P that the analysis needs.
func (f analysis[P, V, A]) keyColumns() []string { return f.key }

// prepare validates the arguments and converts them.
func (f analysis[P, V, A]) prepare(ctx context.Context, r *Resolver, a A, selected []string) (query.Analysis[V], error) {
	if err := a.validate(ctx, r); err != nil {
		return query.Analysis[V]{}, err
	}
	prepared := a.analysis(ctx, selected)
	prepared.RowsRead = rowsRead(ctx)
	return prepared, nil
}

// loadAnalysis returns the value of each parent. One statement reads the rows for all parents of the same
// batch.
func loadAnalysis[P, V any, A analysisArguments[V]](ctx context.Context, r *Resolver, parents []*P, f analysis[P, V, A], a A) ([]V, error) {
	if len(parents) == 0 {
		return nil, nil
	}
	field := graphql.GetFieldContext(ctx).Field
	selected := selectedNames(graphql.GetOperationContext(ctx), field)
	prepared, err := f.prepare(ctx, r, a, selected)
	if err != nil {
		return nil, err
	}
	keyOf := query.KeyFunc[P](r.Store.DB(), f.key)
	key := loaderKey{field.Field, "analysis", strings.Join(selected, " ")}
	return loadForBatch(ctx, key, parents, func(ctx context.Context, batch []*P) ([]V, error) {
		keys := make([]query.Key, len(batch))
		for i, p := range batch {
			keys[i] = keyOf(p)
		}
		return prepared.Load(ctx, r.db(ctx), scopeOf(ctx), keys)
	})
}

// selectedNames returns the names of the fields that are selected on a field's value.
func selectedNames(op *graphql.OperationContext, field graphql.CollectedField) (names []string) {
	for _, f := range graphql.CollectFields(op, field.Selections, []string{field.Definition.Type.Name()}) {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// forFastPath returns the analysis for the fast path, which has the arguments in a map.
func (f analysis[P, V, A]) forFastPath(r *Resolver, s *ast.Schema, field *ast.FieldDefinition) fastpath.Relation {
	decode := argumentsDecoder[A](s, field)
	return fastpath.Relation{Key: f.key, Analysis: &fastpath.Analysis{
		Type: reflect.TypeFor[V](),
		Prepare: func(ctx context.Context, args map[string]any, selected []string) (query.AnyAnalysis, error) {
			a, err := decode(args)
			if err != nil {
				return nil, err
			}
			return f.prepare(ctx, r, a, selected)
		},
		Arguments: func(field *ast.FieldDefinition, method reflect.Type) func(map[string]any) ([]reflect.Value, error) {
			return parametersDecoder(s, field, method)
		},
	}}
}

// parametersDecoder returns a function that decodes the arguments of a field into the parameters of a
// method, which has them in the same order.
func parametersDecoder(s *ast.Schema, field *ast.FieldDefinition, method reflect.Type) func(map[string]any) ([]reflect.Value, error) {
	decoders := make([]decoder, len(field.Arguments))
	for i, arg := range field.Arguments {
		decoders[i] = decoderOf(s, arg.Type, method.In(i+1))
	}
	return func(args map[string]any) ([]reflect.Value, error) {
		values := make([]reflect.Value, len(decoders))
		for i, arg := range field.Arguments {
			values[i] = reflect.New(method.In(i + 1)).Elem()
			if raw := args[arg.Name]; raw != nil {
				if err := decoders[i](raw, values[i]); err != nil {
					return nil, err
				}
			}
		}
		return values, nil
	}
}
