package db

import (
	"context"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
)

// Exec runs a statement that no program would.
func Exec(t *testing.T, s *Store, sql string) {
	t.Helper()
	if _, err := s.db.ExecContext(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

// Explain returns the database's plan for a query, a line a node.
func Explain(t *testing.T, s *Store, q *bun.SelectQuery) string {
	t.Helper()
	var lines []string
	err := s.db.RunInTx(t.Context(), nil, func(ctx context.Context, tx bun.Tx) error {
		if !query.IsPostgres(s.db) {
			rs, err := tx.QueryContext(ctx, "EXPLAIN QUERY PLAN "+q.String())
			if err != nil {
				return err
			}
			defer rs.Close()
			for rs.Next() {
				var id, parent, unused int
				var detail string
				if err := rs.Scan(&id, &parent, &unused, &detail); err != nil {
					return err
				}
				lines = append(lines, detail)
			}
			return rs.Err()
		}
		if _, err := tx.ExecContext(ctx, "SET LOCAL enable_seqscan = off"); err != nil {
			return err
		}
		return tx.NewRaw("EXPLAIN "+q.String()).Scan(ctx, &lines)
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// IsPostgres tells the two kinds of store apart.
func IsPostgres(s *Store) bool { return query.IsPostgres(s.db) }
