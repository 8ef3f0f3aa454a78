package db

import (
	"context"
	"fmt"
	"time"

	"github.com/momotor/resultgraph/db/query"
)

// Heartbeat records that an instance is alive, by the clock of the database, and releases the
// running jobs of other instances that sent no heartbeat within a lease. It returns the number
// of released jobs. Other instances then run them again. A release does not count as an attempt;
// the metadata of the job counts releases as "killed". River releases such jobs too, but only after
// the maximum duration of a job. Heartbeat does not release jobs of the instance itself. A heartbeat
// in the future counts as a heartbeat at the same distance in the past, so that a clock that was set
// back does not extend a lease.
func (s *Store) Heartbeat(ctx context.Context, instance string, lease time.Duration) (released int, err error) {
	now := "strftime('%Y-%m-%d %H:%M:%f', 'now')"
	worker, killed := "json_extract(attempted_by, '$[#-1]')", "jsonb_set(metadata, '$.killed', coalesce(json_extract(metadata, '$.killed'), 0) + 1)"
	if query.IsPostgres(s.db) {
		now = "clock_timestamp()"
		worker = "attempted_by[array_upper(attempted_by, 1)]"
		killed = "metadata || jsonb_build_object('killed', coalesce((metadata ->> 'killed')::int, 0) + 1)"
	}
	_, err = s.db.Write(ctx, s.db.NewRaw(`INSERT INTO worker_instance AS wki (name, seen_at) VALUES (?, `+now+`)
		ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at`, instance))
	if err != nil {
		return 0, fmt.Errorf("record the heartbeat of this instance: %w", err)
	}
	age := query.SQL("abs(?)", query.SecondsBetween("wki.seen_at", now))
	alive := query.SQL("(SELECT wki.name FROM worker_instance AS wki WHERE ? < ?)", age, lease.Seconds())
	res, err := s.db.Write(ctx, s.db.NewRaw(`UPDATE river_job SET state = 'available', scheduled_at = `+now+`,
			attempt = CASE WHEN attempt > 0 THEN attempt - 1 ELSE 0 END, metadata = `+killed+`
		WHERE state = 'running' AND `+worker+` <> ? AND `+worker+` NOT IN ?`,
		instance, alive))
	if err != nil {
		return 0, fmt.Errorf("release the jobs of dead instances: %w", err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, err
	}
	_, err = s.db.Write(ctx, s.db.NewRaw("DELETE FROM river_leader WHERE leader_id <> ? AND leader_id NOT IN ?", instance, alive))
	if err != nil {
		return 0, fmt.Errorf("remove a dead leader: %w", err)
	}
	_, err = s.db.Write(ctx, s.db.NewRaw("DELETE FROM worker_instance AS wki WHERE ? > ?", age, (24*time.Hour+lease).Seconds()))
	return int(n), err
}

// DeleteHeartbeat records that an instance has stopped.
func (s *Store) DeleteHeartbeat(ctx context.Context, instance string) error {
	_, err := s.db.Write(ctx, s.db.NewDelete().TableExpr("worker_instance").Where("name = ?", instance))
	return err
}

// Now returns the time by the clock of the database.
func (s *Store) Now(ctx context.Context) (now time.Time, err error) {
	if !query.IsPostgres(s.db) {
		return time.Now(), nil // the clock of this machine
	}
	err = s.db.NewRaw("SELECT clock_timestamp()").Scan(ctx, &now)
	return now, query.WrapError(err)
}
