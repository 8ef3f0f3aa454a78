package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/blob"
	"github.com/momotor/resultgraph/internal/metrics"
)

// Intervals of reading the figures for metrics. A read of the folder takes some seconds for a million files.
const (
	statusInterval = 30 * time.Second
	usageInterval  = time.Hour
	statusTimeout  = 10 * time.Second
)

// A storeWatch reads figures about the store for metrics from time to time, so that scrapes are cheap and work while the
// database does not.
type storeWatch struct {
	store   *db.Store
	blobs   *blob.Inspector
	metrics *metrics.Metrics
	log     *slog.Logger
}

func newStoreWatch(s *Settings, store *db.Store, m *metrics.Metrics, log *slog.Logger) (*storeWatch, error) {
	blobs, err := blob.Inspect(s.blobPath())
	if err != nil {
		return nil, err
	}
	return &storeWatch{store, blobs, m, log}, nil
}

// start reads the figures until ctx is canceled or stop is called. A failure is logged, and leaves the figures as they
// are.
func (w *storeWatch) start(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { w.repeat(ctx, statusInterval, w.readStatus) })
	running.Go(func() { w.repeat(ctx, usageInterval, w.readUsage) })
	return func() {
		cancel()
		running.Wait()
	}
}

func (w *storeWatch) repeat(ctx context.Context, interval time.Duration, read func(context.Context) error) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		if err := read(ctx); err != nil && ctx.Err() == nil {
			w.log.WarnContext(ctx, "metrics of the store are not current", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// readStatus reads the figures of the database.
func (w *storeWatch) readStatus(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	status, err := w.store.Status(ctx)
	if err != nil {
		return err
	}
	w.metrics.SetStoreState(newStoreState(status, time.Now()))
	return nil
}

func newStoreState(status *db.Status, now time.Time) *metrics.StoreState {
	s := &metrics.StoreState{Jobs: map[metrics.JobKey]int{}, Refreshes: map[int64]time.Time{}, ImportedAt: status.ImportedAt, ReadAt: now}
	for _, kind := range jobKinds() {
		for _, state := range []db.JobState{db.JobWaiting, db.JobPostponed, db.JobRetrying, db.JobRunning, db.JobFailed} {
			s.Jobs[metrics.JobKey{Kind: kind, State: string(state)}] = 0
		}
	}
	for _, j := range status.Jobs {
		s.Jobs[metrics.JobKey{Kind: j.Kind, State: string(j.State)}] = j.Count
	}
	for _, r := range status.Refreshes {
		s.Refreshes[r.AccountID] = r.RefreshedAt
	}
	return s
}

// readUsage reads the size of the folder of bundles.
func (w *storeWatch) readUsage(ctx context.Context) error {
	files, bytes, err := w.blobs.Usage(ctx)
	if err != nil {
		return fmt.Errorf("read the size of the bundles: %w", err)
	}
	w.metrics.SetBlobUsage(&metrics.BlobUsage{Files: files, Bytes: bytes, ReadAt: time.Now()})
	return nil
}
