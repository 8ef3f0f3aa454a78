package jobs

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"github.com/momotor/resultgraph/db"
)

// A Queue takes work.
type Queue struct{ client *river.Client[*sql.Tx] }

// NewQueue returns the queue in a store.
func NewQueue(store *db.Store) (*Queue, error) {
	conf := &river.Config{Logger: slog.New(slog.DiscardHandler)}
	var client *river.Client[*sql.Tx]
	var err error
	if store.DB().SupportsLateral() { // PostgreSQL
		client, err = river.NewClient(riverdatabasesql.New(nil), conf)
	} else {
		client, err = river.NewClient(riversqlite.New(nil), conf)
	}
	if err != nil {
		return nil, fmt.Errorf("open the queue of work: %w", err)
	}
	return &Queue{client}, nil
}

// Insert puts work into a transaction: it is there once that is committed, and never
// without it. Work that is there already and not done is not put in again.
func (q *Queue) Insert(ctx context.Context, tx *sql.Tx, work ...river.JobArgs) error {
	if len(work) == 0 {
		return nil
	}
	params := make([]river.InsertManyParams, 0, len(work))
	known := make(map[river.JobArgs]bool, len(work))
	for _, w := range work {
		if !known[w] {
			known[w] = true
			params = append(params, river.InsertManyParams{Args: w})
		}
	}
	if _, err := q.client.InsertManyTx(ctx, tx, params); err != nil {
		return fmt.Errorf("put work into the queue: %w", err)
	}
	return nil
}
