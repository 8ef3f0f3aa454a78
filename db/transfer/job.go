package transfer

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
)

// A job is a row of River, the job queue, whose tables differ between the databases. Lists and objects are
// JSON here, and UniqueKey is hexadecimal.
type job struct {
	bun.BaseModel `bun:"table:river_job,alias:job"`

	ID           int64            `bun:"id,pk"`
	Kind         string           `bun:"kind"`
	Queue        string           `bun:"queue"`
	State        string           `bun:"state"`
	Priority     int              `bun:"priority"`
	Attempt      int              `bun:"attempt"`
	MaxAttempts  int              `bun:"max_attempts"`
	CreatedAt    time.Time        `bun:"created_at"`
	ScheduledAt  time.Time        `bun:"scheduled_at"`
	AttemptedAt  *time.Time       `bun:"attempted_at"`
	FinalizedAt  *time.Time       `bun:"finalized_at"`
	Args         json.RawMessage  `bun:"args"`
	Metadata     json.RawMessage  `bun:"metadata"`
	Tags         json.RawMessage  `bun:"tags"`
	AttemptedBy  *json.RawMessage `bun:"attempted_by"`
	Errors       *json.RawMessage `bun:"errors"`
	UniqueKey    *string          `bun:"unique_key"`
	UniqueStates *int             `bun:"unique_states"`
}

// jobs returns the table of jobs. A running job is queued in the new store, like the job of an instance that
// was killed: see db.Store.Heartbeat.
func jobs() Table {
	return Table{
		Name: "river_job",
		New:  func() any { return new(job) },
		Each: func(ctx context.Context, tx query.ReadTx, f func(any) error) error {
			statement := selectJobsOfSQLite
			if query.IsPostgres(tx) {
				statement = selectJobsOfPostgres
			}
			q := tx.NewSelect().Model((*job)(nil)).ModelTableExpr("(" + statement + ") AS job").Order("id")
			return query.EachRow(ctx, tx, q, func(row *job) error { return f(row) })
		},
		Insert: insertJobs,
	}
}

const (
	jobColumns = `id, kind, queue, priority, max_attempts,
		CASE WHEN state = 'running' AND attempt > 0 THEN attempt - 1 ELSE attempt END AS attempt, `
	selectJobsOfPostgres = "SELECT " + jobColumns + `created_at, scheduled_at, attempted_at, finalized_at,
		CASE state WHEN 'running' THEN 'available' ELSE state::text END AS state, args, metadata,
		to_jsonb(tags) AS tags, to_jsonb(attempted_by) AS attempted_by, to_jsonb(errors) AS errors,
		encode(unique_key, 'hex') AS unique_key, unique_states::int AS unique_states FROM river_job`
	selectJobsOfSQLite = "SELECT " + jobColumns + `
		strftime('%Y-%m-%d %H:%M:%f+00:00', created_at) AS created_at, strftime('%Y-%m-%d %H:%M:%f+00:00', scheduled_at) AS scheduled_at,
		strftime('%Y-%m-%d %H:%M:%f+00:00', attempted_at) AS attempted_at, strftime('%Y-%m-%d %H:%M:%f+00:00', finalized_at) AS finalized_at,
		CASE state WHEN 'running' THEN 'available' ELSE state END AS state, json(args) AS args, json(metadata) AS metadata,
		json(tags) AS tags, json(attempted_by) AS attempted_by, json(errors) AS errors,
		CASE WHEN unique_key IS NOT NULL THEN lower(hex(unique_key)) END AS unique_key, unique_states FROM river_job`
)

// insertJobs inserts the jobs that do not exist. PostgreSQL then continues to number jobs after them, as
// SQLite does.
func insertJobs(ctx context.Context, tx bun.Tx, rows []any) ([]bool, error) {
	var existing []int64
	ids := make([]int64, len(rows))
	for i, row := range rows {
		ids[i] = row.(*job).ID
	}
	err := tx.NewRaw("SELECT id FROM river_job WHERE id IN (?)", bun.List(ids)).Scan(ctx, &existing)
	if err != nil {
		return nil, err
	}
	insert := insertJobOfSQLite
	if query.IsPostgres(tx) {
		insert = insertJobOfPostgres
	}
	inserted := make([]bool, len(rows))
	for i, row := range rows {
		j := row.(*job)
		if slices.Contains(existing, j.ID) {
			continue
		}
		if err := j.insert(ctx, tx, insert); err != nil {
			return nil, err
		}
		inserted[i] = true
	}
	if query.IsPostgres(tx) {
		_, err = tx.NewRaw("SELECT setval('river_job_id_seq', greatest((SELECT max(id) FROM river_job), (SELECT last_value FROM river_job_id_seq)))").Exec(ctx)
	}
	return inserted, err
}

const (
	insertJob = `INSERT INTO river_job (id, kind, queue, state, priority, attempt, max_attempts, created_at, scheduled_at,
		attempted_at, finalized_at, args, metadata, tags, attempted_by, errors, unique_key, unique_states) `
	insertJobOfPostgres = insertJob + `VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?::jsonb,
		ARRAY(SELECT jsonb_array_elements_text(?::jsonb)),
		(SELECT array_agg(by) FROM jsonb_array_elements_text(?::jsonb) AS by), (SELECT array_agg(failure) FROM jsonb_array_elements(?::jsonb) AS failure),
		decode(?, 'hex'), ?::int::bit(8))`
	insertJobOfSQLite = insertJob + `VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, jsonb(?), jsonb(?), jsonb(?), jsonb(?), jsonb(?), unhex(?), ?)`
)

// sqliteJobTime is the format in which River stores times on SQLite.
const sqliteJobTime = "2006-01-02 15:04:05.000"

func (j *job) insert(ctx context.Context, tx bun.Tx, statement string) error {
	times := make([]any, 4)
	for i, t := range []*time.Time{&j.CreatedAt, &j.ScheduledAt, j.AttemptedAt, j.FinalizedAt} {
		switch {
		case t == nil:
		case query.IsPostgres(tx):
			times[i] = *t
		default:
			times[i] = t.UTC().Round(time.Millisecond).Format(sqliteJobTime)
		}
	}
	_, err := tx.NewRaw(statement, j.ID, j.Kind, j.Queue, j.State, j.Priority, j.Attempt, j.MaxAttempts, times[0], times[1], times[2], times[3],
		string(j.Args), string(j.Metadata), string(j.Tags), textOf(j.AttemptedBy), textOf(j.Errors), j.UniqueKey, j.UniqueStates).Exec(ctx)
	if err != nil {
		return fmt.Errorf("insert job %d: %w", j.ID, query.WrapError(err))
	}
	return nil
}

func textOf(raw *json.RawMessage) *string {
	if raw == nil {
		return nil
	}
	return new(string(*raw))
}
