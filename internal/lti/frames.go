package lti

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/momotor/resultgraph/db"
)

// framesLifetime is the time for which the origins of frames are remembered. It is short, because the first
// launch of a deployment on another instance may add one.
const framesLifetime = 5 * time.Second

// Frames are the origins of the pages of Canvas that show this server in a frame. In the cloud they are those
// of the accounts, because all accounts have the same issuer.
type Frames struct {
	Store *db.Store
	Now   func() time.Time
	Log   *slog.Logger

	mu      sync.Mutex
	origins []string
	read    time.Time
}

// Origins returns the origins. If the database is unavailable, it returns those that it knows.
func (f *Frames) Origins(ctx context.Context) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.Now()
	if now.Sub(f.read) < framesLifetime {
		return f.origins
	}
	urls, err := f.Store.PlatformAddresses(ctx)
	if err != nil {
		f.Log.WarnContext(ctx, "origins of frames are not known", "error", err)
		return f.origins
	}
	f.origins, f.read = nil, now
	for _, u := range urls {
		if origin := db.Origin(u); origin != "" {
			f.origins = append(f.origins, origin)
		}
	}
	return f.origins
}

// Forget makes the next call of Origins read them again.
func (f *Frames) Forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.read = time.Time{}
}
