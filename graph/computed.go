package graph

import (
	"context"
	"reflect"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/fastpath"
)

// computedFields are the fields that a Go function computes from columns of their row. The keys
// have the form Type.field. The resolvers read the columns that are listed here, and the fast
// path uses the same functions.
var computedFields = map[string]interface {
	columnNames() []string
	forFastPath(s *query.DB) fastpath.Computed
}{
	"Account.id":     methodField((*db.Account).ID, db.NodeKeys["Account"]...),
	"Course.id":      methodField((*db.Course).ID, db.NodeKeys["Course"]...),
	"Section.id":     methodField((*db.Section).ID, db.NodeKeys["Section"]...),
	"Assignment.id":  methodField((*db.Assignment).ID, db.NodeKeys["Assignment"]...),
	"Result.id":      methodField((*db.Result).ID, db.NodeKeys["Result"]...),
	"Step.id":        methodField((*db.Step).ID, db.NodeKeys["Step"]...),
	"User.id":        methodField((*db.User).ID, db.NodeKeys["User"]...),
	"Bundle.id":      methodField((*db.Bundle).ID, db.NodeKeys["Bundle"]...),
	"ScoreUpload.id": methodField((*db.ScoreUpload).ID, db.NodeKeys["ScoreUpload"]...),

	"Course.viewerRoles": courseViewerRoles,

	"Bundle.mediaType": methodField((*db.Bundle).MediaType, "format"),
	"Bundle.purged":    methodField((*db.Bundle).Purged, "sha256"),
	"Bundle.url":       bundleURL,
	"Step.taskNumbers": stepTaskNumbers,
}

// A computedField is a field of type V that is computed from columns of a row of T.
type computedField[T, V any] struct {
	columns []string
	value   func(context.Context, *T) V
}

// methodField returns a computed field whose value is the result of a method of its row. gqlgen
// finds the method by the name of the field.
func methodField[T, V any](value func(*T) V, columns ...string) computedField[T, V] {
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

// forFastPath returns the field for the fast path, which computes values from cells instead of
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
