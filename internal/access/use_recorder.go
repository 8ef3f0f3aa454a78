package access

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

const (
	// KeyUseResolution is the minimum time between two recorded uses of an API key.
	KeyUseResolution = time.Hour
	// lastUseWriteInterval is the interval of writing the recorded uses.
	lastUseWriteInterval = time.Minute
	// lastUseWriteTimeout is the time that a write may take, including the last one, for which the
	// server waits at its stop.
	lastUseWriteTimeout = 2 * time.Second
)

// A UseRecorder records when credentials, such as API keys, were last used. Requests only record
// credentials in memory; a goroutine writes all of them in one statement a minute. A database that is slow
// or read-only therefore delays no request, and loses recorded uses only. A UseRecorder is safe for
// concurrent use.
type UseRecorder[ID cmp.Ordered] struct {
	write      func(ctx context.Context, ids []ID, at time.Time) error
	resolution time.Duration
	now        func() time.Time
	log        *slog.Logger

	mu   sync.Mutex
	used map[ID]struct{} // credentials whose use is not written yet
}

// NewUseRecorder returns a UseRecorder that stores uses with write, which must keep a later time
// that is stored already. The resolution is the minimum time between two recorded uses of a credential.
func NewUseRecorder[ID cmp.Ordered](write func(ctx context.Context, ids []ID, at time.Time) error, resolution time.Duration, now func() time.Time, log *slog.Logger) *UseRecorder[ID] {
	return &UseRecorder[ID]{write: write, resolution: resolution, now: now, log: log, used: map[ID]struct{}{}}
}

// Record records that a credential is used now, unless its stored use, which may be nil, is recent. A
// stored use in the future, from an instance whose clock is fast, does not count.
func (u *UseRecorder[ID]) Record(id ID, stored *time.Time) {
	if stored != nil {
		if age := u.now().Sub(*stored); 0 <= age && age < u.resolution {
			return
		}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.used[id] = struct{}{}
}

// Start starts to write the recorded uses. The returned function stops it after a last write.
func (u *UseRecorder[ID]) Start() (stop func()) {
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

// flush writes the recorded uses. It forgets them even if that fails: the next use of a credential
// records it again.
func (u *UseRecorder[ID]) flush() {
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
		u.log.WarnContext(ctx, "last use of credentials was not recorded", "credentials", len(ids), "error", err)
	}
}
