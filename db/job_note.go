package db

import (
	"context"
	"fmt"
)

// NoteJob notes how much of a job is done, from 0 to 1, while somebody is at it.
func (s *Store) NoteJob(ctx context.Context, id int64, progress float64) error {
	set := "jsonb_set(metadata, '$.progress', ?)"
	if isPostgres(s.db) {
		set = "metadata || jsonb_build_object('progress', ?::float8)"
	}
	_, err := s.db.NewRaw("UPDATE river_job SET metadata = "+set+" WHERE id = ? AND state = 'running'", progress, id).Exec(ctx)
	if err != nil {
		return fmt.Errorf("note how much of job %d is done: %w", id, wrap(err))
	}
	return nil
}
