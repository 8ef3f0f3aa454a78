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
	// lastUseResolution is the minimum time between two recorded uses of a key.
	lastUseResolution = time.Hour
	// lastUseWriteInterval is the interval of writing the recorded uses.
	lastUseWriteInterval = time.Minute
	// lastUseWriteTimeout is the time that a write may take, including the last one, for which the
	// server waits at its stop.
	lastUseWriteTimeout = 2 * time.Second
)

// A UseRecorder records when keys were last used, to the hour. Requests only record keys in memory;
// a goroutine writes all of them in one statement a minute. A database that is slow or read-only
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

// Record records that a key is used now, unless its stored use is less than an hour old. A stored use
// in the future, from an instance whose clock is fast, does not count.
func (u *UseRecorder) Record(r KeyRecord) {
	if r.LastUsed != nil {
		if age := u.now().Sub(*r.LastUsed); 0 <= age && age < lastUseResolution {
			return
		}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.used[r.ID] = struct{}{}
}

// Start starts to write the recorded uses. The returned function stops it after a last write.
func (u *UseRecorder) Start() (stop func()) {
	done := make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		ticks := time.NewTicker(lastUseWriteInterval)
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

// flush writes the recorded uses. It forgets them even if that fails: the next use of a key records it
// again.
func (u *UseRecorder) flush() {
	u.mu.Lock()
	ids := slices.Sorted(maps.Keys(u.used))
	clear(u.used)
	u.mu.Unlock()
	if len(ids) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), lastUseWriteTimeout)
	defer cancel()
	if err := u.write(ctx, ids, u.now()); err != nil {
		u.log.WarnContext(ctx, "last use of API keys was not recorded", "keys", len(ids), "error", err)
	}
}
