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

// A Queue inserts jobs.
type Queue struct{ client *river.Client[*sql.Tx] }

// NewQueue returns the queue of a store.
func NewQueue(store *db.Store) (*Queue, error) {
	conf := &river.Config{Logger: slog.New(slog.DiscardHandler), Hooks: insertHooks(store)}
	var client *river.Client[*sql.Tx]
	var err error
	if store.DB().SupportsLateral() { // PostgreSQL
		client, err = river.NewClient(riverdatabasesql.New(nil), conf)
	} else {
		client, err = river.NewClient(riversqlite.New(nil), conf)
	}
	if err != nil {
		return nil, fmt.Errorf("open the job queue: %w", err)
	}
	return &Queue{client}, nil
}

// Insert inserts jobs in a transaction. It skips a job that equals an unfinished one.
func (q *Queue) Insert(ctx context.Context, tx *sql.Tx, jobs ...river.JobArgs) error {
	if len(jobs) == 0 {
		return nil
	}
	params := make([]river.InsertManyParams, 0, len(jobs))
	seen := make(map[river.JobArgs]bool, len(jobs))
	for _, args := range jobs {
		if !seen[args] {
			seen[args] = true
			params = append(params, river.InsertManyParams{Args: args})
		}
	}
	if _, err := q.client.InsertManyTx(ctx, tx, params); err != nil {
		return fmt.Errorf("insert jobs: %w", err)
	}
	return nil
}
