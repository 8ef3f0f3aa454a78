package jobs

import (
	"cmp"
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

// A Runner runs the jobs in a store. Any number of instances may have a runner for
// the same PostgreSQL database.
type Runner struct {
	store    *db.Store
	instance string
	lease    time.Duration
	clock    *databaseClock
	log      *slog.Logger
	river    riverClient
	pool     *pgxpool.Pool // nil on SQLite

	heartbeats     sync.WaitGroup
	stopHeartbeats context.CancelFunc
}

// maxRunnerConns is how many connections to PostgreSQL River may open.
const maxRunnerConns = 6

// NewRunner returns a runner. It runs no jobs until Start.
func NewRunner(ctx context.Context, store *db.Store, conf Config, log *slog.Logger) (*Runner, error) {
	r := &Runner{store: store, instance: instanceName(), lease: cmp.Or(conf.Lease, DefaultLease), clock: &databaseClock{local: conf.Now}, log: log}
	riverConf, err := conf.riverConfig(store, r.clock, log)
	if err != nil {
		return nil, err
	}
	riverConf.ID = r.instance
	if store.IsPostgres() {
		if r.pool, err = store.NewPgxPool(ctx, maxRunnerConns); err != nil {
			return nil, fmt.Errorf("connect the job runner: %w", err)
		}
		r.river, err = newRiverClient[pgx.Tx](riverpgxv5.New(r.pool), riverConf)
	} else {
		r.river, err = newRiverClient[*sql.Tx](riversqlite.New(store.SQL()), riverConf)
	}
	if err != nil {
		r.close()
		return nil, fmt.Errorf("configure the job runner: %w", err)
	}
	return r, nil
}

// instanceName returns a unique name that contains the name of the host, for people.
func instanceName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%.60s-%s", host, rand.Text()[:10])
}

// A riverClient is a river.Client for either type of transaction.
type riverClient interface {
	Start(context.Context) error
	Stop(context.Context) error
	StopAndCancel(context.Context) error
}

func newRiverClient[T any](driver riverdriver.Driver[T], conf *river.Config) (riverClient, error) {
	return river.NewClient(driver, conf)
}

// Start starts to run jobs once the database accepts the first heartbeat. When ctx is done,
// the runner fetches no more jobs; Stop ends the running ones.
func (r *Runner) Start(ctx context.Context) error {
	if err := r.heartbeat(ctx); err != nil { // before the instance runs a job
		return err
	}
	if err := r.river.Start(ctx); err != nil {
		return fmt.Errorf("start the job runner: %w", err)
	}
	heartbeatCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r.stopHeartbeats = cancel
	r.heartbeats.Go(func() { r.sendHeartbeats(heartbeatCtx) })
	return nil
}

func (r *Runner) sendHeartbeats(ctx context.Context) {
	ticker := time.NewTicker(r.lease / 3)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := r.heartbeat(ctx); err != nil && ctx.Err() == nil {
			r.log.WarnContext(ctx, "heartbeat failed: other instances may run the jobs of this one", "error", err)
		}
	}
}

// heartbeat records that the instance is alive, and measures the clock of the database.
func (r *Runner) heartbeat(ctx context.Context) error {
	if err := r.clock.measure(ctx, r.store); err != nil {
		return err
	}
	n, err := r.store.Heartbeat(ctx, r.instance, r.lease)
	if n > 0 {
		r.log.WarnContext(ctx, "requeued the jobs of dead instances", "count", n)
	}
	return err
}

// cancelTimeout is how long running jobs may take to return after their cancellation.
const cancelTimeout = 20 * time.Second

// Stop fetches no more jobs and lets running ones finish until ctx is done. Then it cancels
// them and returns them to the queue, where they are available at once.
func (r *Runner) Stop(ctx context.Context) error {
	defer r.close()
	err := r.river.Stop(ctx)
	cancelCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelTimeout)
	defer cancel()
	if err != nil {
		err = r.river.StopAndCancel(cancelCtx)
	}
	if r.stopHeartbeats != nil {
		r.stopHeartbeats()
		r.heartbeats.Wait()
	}
	return errors.Join(err, r.store.DeleteHeartbeat(cancelCtx, r.instance))
}

func (r *Runner) close() {
	if r.pool != nil {
		r.pool.Close()
	}
}
