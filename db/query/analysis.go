package query

import (
	"context"
	"database/sql"
	"fmt"
	"sync/atomic"

	"github.com/uptrace/bun"
)

// An Analysis computes a value of V for each of many parents from the rows of one statement, such as the
// item analysis of assignments from the scores of their results.
type Analysis[V any] struct {
	// Path is the source and the name of the analysis, such as "assignment.itemAnalysis", for errors.
	Path string
	// KeyWidth is the number of elements of a parent's key that the statement uses.
	KeyWidth int
	// Select returns the statement. It reads from the table parents, which has the columns k0, k1, … of
	// the parents' keys and ordinal. Its first column is ParentIndex, in ascending order. The statement
	// returns only what the caller may see.
	Select func(sc Scope, parents Clause) Clause
	// NewReader returns a reader for the rows of a number of parents.
	NewReader func(parents int) AnalysisReader[V]
	// RowsRead, if it is not nil, is a counter to which reading adds AnalysisReader.RowsRead.
	RowsRead *atomic.Int64
}

// ParentIndex is the SQL of the index of a row's parent in the keys of an Analysis.
var ParentIndex = SQL("parent.ordinal?", dialectSQL{" - 1", ""})

// An AnalysisReader computes values from rows.
type AnalysisReader[V any] interface {
	// Add adds a row of a parent. The cells are those after the first one, and are valid until Add
	// returns.
	Add(parent int, cells [][]byte) error
	// Values returns the value of each parent, once all rows are added.
	Values() []V
	// RowsRead returns the number of results and steps that the database read for all rows.
	RowsRead() int64
}

// An AnyAnalysis is an Analysis whose values have a type that is not known at compile time.
type AnyAnalysis interface {
	// Name returns the path of the analysis.
	Name() string

	statement(db *DB, sc Scope, keys []Key) Clause
	readAny(parents int, rows *Rows) ([]any, error)
}

// Name returns the path of the analysis.
func (a Analysis[V]) Name() string { return a.Path }

func (a Analysis[V]) statement(db *DB, sc Scope, keys []Key) Clause {
	return a.Select(sc, parentTable(keys, a.KeyWidth, IsPostgres(db)))
}

func (a Analysis[V]) readAny(parents int, rows *Rows) ([]any, error) {
	values, err := a.read(parents, rows)
	if err != nil {
		return nil, err
	}
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out, nil
}

// read returns the value of each parent, and closes the rows.
func (a Analysis[V]) read(parents int, rows *Rows) ([]V, error) {
	reader := a.NewReader(parents)
	for cells := rows.Next(); cells != nil; cells = rows.Next() {
		parent, err := ParseInt(cells[0])
		if err != nil {
			return nil, err
		}
		if err := reader.Add(int(parent), cells[1:]); err != nil {
			return nil, err
		}
	}
	if err := rows.Close(); err != nil {
		return nil, err
	}
	values := reader.Values()
	if a.RowsRead != nil {
		a.RowsRead.Add(reader.RowsRead())
	}
	return values, nil
}

// Load returns the value of each parent, in the order of keys.
func (a Analysis[V]) Load(ctx context.Context, db *DB, sc Scope, keys []Key) ([]V, error) {
	distinct, indexes := distinctKeys(keys)
	conn, release, err := db.conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", a.Path, WrapError(err))
	}
	defer release()
	reading := &analysisModel[V]{analysis: a, parents: len(distinct)}
	if err := db.NewRaw("?", a.statement(db, sc, distinct)).Conn(conn).Scan(ctx, reading); err != nil {
		return nil, fmt.Errorf("read %s: %w", a.Path, WrapError(err))
	}
	out := make([]V, len(keys))
	for i, at := range indexes {
		out[i] = reading.values[at]
	}
	return out, nil
}

// ReadAnalysis returns the value of each parent, in the order of keys. Only the function that ReadPlans
// calls may call it. The parameter more must be set if another read follows.
func (sn *Snapshot) ReadAnalysis(ctx context.Context, a AnyAnalysis, sc Scope, keys []Key, more bool) ([]any, error) {
	rows, err := sn.read(ctx, &Plan{analysis: a}, sc, keys, more)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", a.Name(), WrapError(err))
	}
	values, err := a.readAny(len(keys), rows)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", a.Name(), WrapError(err))
	}
	return values, nil
}

// An analysisModel scans the rows of an analysis that bun reads.
type analysisModel[V any] struct {
	analysis Analysis[V]
	parents  int
	values   []V
}

var _ bun.Model = (*analysisModel[int])(nil)

// ScanRows implements bun.Model.
func (m *analysisModel[V]) ScanRows(_ context.Context, rows *sql.Rows) (int, error) {
	names, err := rows.Columns()
	if err != nil {
		return 0, err
	}
	source := &sqlRows{rows: rows, cells: make([][]byte, len(names)), raw: make([]sql.RawBytes, len(names))}
	m.values, err = m.analysis.read(m.parents, &Rows{source: source})
	return source.count, err
}

// Value implements bun.Model.
func (m *analysisModel[V]) Value() any { return m.values }

// sqlRows are the rows of a statement of package sql. Their cells are those of a Snapshot, except for
// times.
type sqlRows struct {
	rows  *sql.Rows
	raw   []sql.RawBytes
	cells [][]byte
	count int
}

func (r *sqlRows) next() ([][]byte, error) {
	if !r.rows.Next() {
		return nil, r.rows.Err()
	}
	into := make([]any, len(r.raw))
	for i := range r.raw {
		into[i] = &r.raw[i]
	}
	if err := r.rows.Scan(into...); err != nil {
		return nil, err
	}
	for i, cell := range r.raw {
		r.cells[i] = cell
	}
	r.count++
	return r.cells, nil
}

func (r *sqlRows) close() error { return nil }
