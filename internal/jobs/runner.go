package jobs

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"github.com/momotor/resultgraph/db"
)

// Workers do the work, each one kind of it. The work of one that is nil waits, for another
// program or for better times.
type Workers struct {
	Process Verb[Process]
	Refresh Verb[Refresh]
	Upload  Verb[Upload]
	Sync    Verb[Sync]
	Purge   Verb[Purge]
	// SyncEvery and PurgeEvery are how often Sync and Purge are asked for; 0 is never.
	SyncEvery, PurgeEvery time.Duration
	// AtEngine is how much of Process is done at a time; 0 is DefaultAtEngine.
	AtEngine int
	// Lease is how long a program may be silent before others take up what it had begun;
	// 0 is DefaultLease.
	Lease time.Duration
}

// DefaultAtEngine is how many results are at the engine at a time.
const DefaultAtEngine = 16

// DefaultLease is long enough for a machine that is short of breath.
const DefaultLease = 30 * time.Second

// A Runner does the work that waits in a store. Any number of programs may run one on the
// same PostgreSQL.
type Runner struct {
	store *db.Store
	name  string
	lease time.Duration
	log   *slog.Logger
	river client
	pool  *pgxpool.Pool

	beating sync.WaitGroup
	quiet   context.CancelFunc // ends the beating
}

// runnerConns is how many connections River has to PostgreSQL.
const runnerConns = 6

// NewRunner returns a runner of what workers do.
func NewRunner(ctx context.Context, store *db.Store, workers Workers, log *slog.Logger) (*Runner, error) {
	r := &Runner{store: store, name: programName(), lease: workers.Lease, log: log}
	if r.lease == 0 {
		r.lease = DefaultLease
	}
	conf, err := workers.config(store, log)
	if err != nil {
		return nil, err
	}
	conf.ID = r.name
	if store.IsPostgres() {
		if r.pool, err = store.NewPgxPool(ctx, runnerConns); err != nil {
			return nil, fmt.Errorf("connect the runner of work: %w", err)
		}
		r.river, err = newClient[pgx.Tx](riverpgxv5.New(r.pool), conf)
	} else {
		r.river, err = newClient[*sql.Tx](riversqlite.New(store.SQL()), conf)
	}
	if err != nil {
		r.close()
		return nil, fmt.Errorf("make the runner of work: %w", err)
	}
	return r, nil
}

// programName tells running programs apart, for people too.
func programName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%.60s-%s", host, rand.Text()[:10])
}

// A client is River's, for either kind of transaction.
type client interface {
	Start(context.Context) error
	Stop(context.Context) error
	StopAndCancel(context.Context) error
}

func newClient[T any](driver riverdriver.Driver[T], conf *river.Config) (client, error) {
	return river.NewClient(driver, conf)
}

// Start begins to work, as soon as the database lets it. Once ctx is done no more work is
// taken; it is for Stop to end what is under way.
func (r *Runner) Start(ctx context.Context) error {
	if err := r.beat(ctx); err != nil { // before anything is begun in this name
		return err
	}
	if err := r.river.Start(ctx); err != nil {
		return fmt.Errorf("start the runner of work: %w", err)
	}
	beating, quiet := context.WithCancel(context.WithoutCancel(ctx))
	r.quiet = quiet
	r.beating.Go(func() { r.keepBeating(beating) })
	return nil
}

func (r *Runner) keepBeating(ctx context.Context) {
	every := time.NewTicker(r.lease / 3)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		if err := r.beat(ctx); err != nil && ctx.Err() == nil {
			r.log.WarnContext(ctx, "others may take this program for gone", "error", err)
		}
	}
}

func (r *Runner) beat(ctx context.Context) error {
	n, err := r.store.Heartbeat(ctx, r.name, r.lease)
	if n > 0 {
		r.log.WarnContext(ctx, "took up what a program had begun that is gone", "count", n)
	}
	return err
}

// Stop takes no more work and lets what is under way end until ctx is done; then it is cut
// off, and handed back for somebody to do at once.
func (r *Runner) Stop(ctx context.Context) error {
	defer r.close()
	err := r.river.Stop(ctx)
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), handBackTime)
	defer cancel()
	if err != nil {
		err = r.river.StopAndCancel(end)
	}
	if r.quiet != nil {
		r.quiet()
		r.beating.Wait()
	}
	return errors.Join(err, r.store.DeleteHeartbeat(end, r.name))
}

// handBackTime is how long work may take to see that it is cut off.
const handBackTime = 20 * time.Second

func (r *Runner) close() {
	if r.pool != nil {
		r.pool.Close()
	}
}
