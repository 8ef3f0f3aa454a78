package db

import (
	"context"
	"fmt"
	"time"

	"github.com/momotor/resultgraph/db/query"
)

// Heartbeat notes that a program that works in the background is there, by the clock of the
// database, and hands on what others had begun that were not heard of for a lease: it
// returns how much work that is. That counts as no go at it, but in the work's metadata, as
// "killed". River would find it too, but only when it takes longer than any such work may.
// What the program itself has begun stays, however long this takes; and a clock that was set
// back keeps nobody alive.
func (s *Store) Heartbeat(ctx context.Context, program string, lease time.Duration) (handedOn int, err error) {
	now, age := "strftime('%Y-%m-%d %H:%M:%f', 'now')", "abs(julianday('now') - julianday(p.seen_at)) * 86400"
	last, killed := "json_extract(attempted_by, '$[#-1]')", "jsonb_set(metadata, '$.killed', coalesce(json_extract(metadata, '$.killed'), 0) + 1)"
	if query.IsPostgres(s.db) {
		now, age = "clock_timestamp()", "abs(extract(epoch FROM clock_timestamp() - p.seen_at))"
		last = "attempted_by[array_upper(attempted_by, 1)]"
		killed = "metadata || jsonb_build_object('killed', coalesce((metadata ->> 'killed')::int, 0) + 1)"
	}
	_, err = s.db.NewRaw(`INSERT INTO program AS p (name, seen_at) VALUES (?, `+now+`)
		ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at`, program).Exec(ctx)
	if err != nil {
		return 0, fmt.Errorf("note that this program works: %w", query.WrapError(err))
	}
	res, err := s.db.NewRaw(`UPDATE river_job SET state = 'available', scheduled_at = `+now+`,
			attempt = CASE WHEN attempt > 0 THEN attempt - 1 ELSE 0 END, metadata = `+killed+`
		WHERE state = 'running' AND `+last+` <> ? AND `+last+` NOT IN (SELECT p.name FROM program AS p WHERE `+age+` < ?)`,
		program, lease.Seconds()).Exec(ctx)
	if err != nil {
		return 0, fmt.Errorf("hand on the work of programs that are gone: %w", query.WrapError(err))
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, err
	}
	_, err = s.db.NewRaw("DELETE FROM river_leader WHERE leader_id <> ? AND leader_id NOT IN (SELECT p.name FROM program AS p WHERE "+age+" < ?)",
		program, lease.Seconds()).Exec(ctx)
	if err != nil {
		return 0, fmt.Errorf("make way for another leader: %w", query.WrapError(err))
	}
	_, err = s.db.NewRaw("DELETE FROM program AS p WHERE "+age+" > ?", (24*time.Hour + lease).Seconds()).Exec(ctx)
	return int(n), query.WrapError(err)
}

// RemoveHeartbeat notes that a program works no more.
func (s *Store) RemoveHeartbeat(ctx context.Context, program string) error {
	_, err := s.db.NewDelete().TableExpr("program").Where("name = ?", program).Exec(ctx)
	return query.WrapError(err)
}
