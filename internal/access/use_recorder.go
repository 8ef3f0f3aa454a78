package access

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

const (
	// useResolution is the minimum time between two recorded uses of a key.
	useResolution = time.Hour
	// useWriteInterval is the interval of writing the recorded uses.
	useWriteInterval = time.Minute
	// useWriteTimeout is the time that a write may take.
	useWriteTimeout = 10 * time.Second
)

// A UseRecorder records when keys were last used, to the hour. Requests only note keys in memory;
// a goroutine writes all noted keys in one statement a minute. A database that is slow or read-only
// therefore delays no request, and loses recorded uses only. A UseRecorder is safe for concurrent
// use.
type UseRecorder struct {
	write func(ctx context.Context, keyIDs []int64, at time.Time) error
	now   func() time.Time
	log   *slog.Logger

	mu   sync.Mutex
	used map[int64]struct{} // ids of keys whose use is not written yet
}

// NewUseRecorder returns a UseRecorder that stores uses with write, which must keep a later time
// that is stored already.
func NewUseRecorder(write func(ctx context.Context, keyIDs []int64, at time.Time) error, now func() time.Time, log *slog.Logger) *UseRecorder {
	return &UseRecorder{write: write, now: now, log: log, used: map[int64]struct{}{}}
}

// Note notes that a key is used now, unless its recorded use is less than an hour old.
func (u *UseRecorder) Note(r KeyRecord) {
	if r.LastUsed != nil && u.now().Sub(*r.LastUsed) < useResolution {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.used[r.ID] = struct{}{}
}

// Start starts to write the noted uses. The returned function stops it after a last write.
func (u *UseRecorder) Start() (stop func()) {
	done := make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		ticks := time.NewTicker(useWriteInterval)
		defer ticks.Stop()
		for {
			select {
			case <-ticks.C:
				u.flush()
			case <-done:
				u.flush()
				return
			}
		}
	})
	return func() { close(done); writer.Wait() }
}

// flush writes the noted uses. It forgets them even if that fails: the next use of a key notes it
// again.
func (u *UseRecorder) flush() {
	u.mu.Lock()
	ids := slices.Sorted(maps.Keys(u.used))
	clear(u.used)
	u.mu.Unlock()
	if len(ids) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), useWriteTimeout)
	defer cancel()
	if err := u.write(ctx, ids, u.now()); err != nil {
		u.log.WarnContext(ctx, "last use of API keys was not recorded", "keys", len(ids), "error", err)
	}
}
