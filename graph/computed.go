package graph

import (
	"context"
	"reflect"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/fastpath"
)

// computedFields are the fields that Go computes from columns of their row, by type and
// field. The resolvers read the columns that a field names here, and the fast path computes
// the field by the same function.
var computedFields = map[string]interface {
	columnNames() []string
	forFastPath(s *query.DB) fastpath.Computed
}{
	"Account.id":     method((*db.Account).ID, db.NodeKeys["Account"]...),
	"Course.id":      method((*db.Course).ID, db.NodeKeys["Course"]...),
	"Section.id":     method((*db.Section).ID, db.NodeKeys["Section"]...),
	"Assignment.id":  method((*db.Assignment).ID, db.NodeKeys["Assignment"]...),
	"Result.id":      method((*db.Result).ID, db.NodeKeys["Result"]...),
	"Step.id":        method((*db.Step).ID, db.NodeKeys["Step"]...),
	"User.id":        method((*db.User).ID, db.NodeKeys["User"]...),
	"Bundle.id":      method((*db.Bundle).ID, db.NodeKeys["Bundle"]...),
	"ScoreUpload.id": method((*db.ScoreUpload).ID, db.NodeKeys["ScoreUpload"]...),

	"Bundle.mediaType": method((*db.Bundle).MediaType, "format"),
	"Bundle.purged":    method((*db.Bundle).Purged, "sha256"),
	"Bundle.url":       bundleURL,
	"Step.taskNumbers": stepTaskNumbers,
}

// A computedField is a field of type V that is computed from columns of a row of T.
type computedField[T, V any] struct {
	columns []string
	value   func(context.Context, *T) V
}

// method is a computed field that is a method of its row. gqlgen binds it by its name.
func method[T, V any](value func(*T) V, columns ...string) computedField[T, V] {
	return computedField[T, V]{columns, func(_ context.Context, row *T) V { return value(row) }}
}

func (f computedField[T, V]) columnNames() []string { return f.columns }

// values returns the field's value for each row.
func (f computedField[T, V]) values(ctx context.Context, rows []*T) ([]V, error) {
	out := make([]V, len(rows))
	for i, row := range rows {
		out[i] = f.value(ctx, row)
	}
	return out, nil
}

// forFastPath returns the field in the form of the fast path, which has cells in place of
// rows.
func (f computedField[T, V]) forFastPath(s *query.DB) fastpath.Computed {
	newCellFunc := func() fastpath.CellFunc {
		row := new(T)
		fields := query.Fields(s, row, f.columns)
		return func(ctx context.Context, b []byte, cells [][]byte) ([]byte, error) {
			for i, cell := range cells {
				if err := fastpath.SetCell(fields[i], cell); err != nil {
					return nil, err
				}
			}
			return query.AppendCell(b, f.value(ctx, row))
		}
	}
	return fastpath.Computed{Columns: f.columns, Kind: query.KindOf(reflect.TypeFor[V]()), New: newCellFunc}
}
