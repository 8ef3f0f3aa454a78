package engine

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"time"
)

// standInName is how a stand-in calls itself, in its results too, so that nobody takes its
// verdicts for real ones.
const standInName = "resultgraph stand-in, not the Momotor engine"

// standInPace is how long a stand-in takes over one product.
const standInPace = 6 * time.Second

// A StandIn is an Engine for demonstrations: it runs nothing. It reads which steps a recipe
// has, lets some time go by, and makes up a verdict, always the same for the same product.
// The zero value is ready for use.
type StandIn struct {
	// Dir is where results lie until they are closed; empty is the system's place for
	// temporary files.
	Dir string
	// Pace is how long one product takes; zero is some seconds.
	Pace time.Duration
	// Wait lets time go by, and returns ctx's error when ctx is done first; nil is the
	// real clock.
	Wait func(ctx context.Context, d time.Duration) error
}

// Check implements Engine. A stand-in is always there.
func (s *StandIn) Check(ctx context.Context) (Info, error) {
	return Info{Name: standInName}, ctx.Err()
}

// End implements Engine: there is nothing to forget.
func (s *StandIn) End(context.Context, string) error { return nil }

// Close implements Engine.
func (s *StandIn) Close() error { return nil }

// Evaluate implements Engine.
func (s *StandIn) Evaluate(ctx context.Context, w Work, progress func(Progress)) (*Results, error) {
	if progress == nil {
		progress = func(Progress) {}
	}
	seed, err := digest(ctx, w.Product)
	if err != nil {
		return nil, err
	}
	steps, err := readSteps(ctx, w.Recipe)
	if err != nil {
		return nil, err
	}
	marks := makeUp(steps, seed)
	if err := s.pretend(ctx, len(marks), progress); err != nil {
		return nil, err
	}
	xml := resultsXML(marks)
	if int64(len(xml)) > w.Limit {
		return nil, fmt.Errorf("%w: %d bytes where %d are", ErrTooLarge, len(xml), w.Limit)
	}
	return Keep(s.Dir, XML, bytes.NewReader(xml))
}

// pretend spends the time that a number of tasks take: a quarter of it in the queue.
func (s *StandIn) pretend(ctx context.Context, tasks int, progress func(Progress)) error {
	wait := s.Wait
	if wait == nil {
		wait = pause
	}
	pace := cmp.Or(s.Pace, standInPace)
	progress(Progress{State: Queued})
	if err := wait(ctx, pace/4); err != nil {
		return err
	}
	for done := range tasks {
		progress(Progress{State: Processing, Done: done, Total: tasks})
		if err := wait(ctx, pace*3/4/time.Duration(tasks)); err != nil {
			return err
		}
	}
	progress(Progress{State: Processing, Done: tasks, Total: tasks})
	return nil
}

// pause waits by the real clock.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

// digest is the SHA-256 of an asset.
func digest(ctx context.Context, a Asset) (sum [sha256.Size]byte, err error) {
	r, err := a.Open(ctx)
	if err != nil {
		return sum, fmt.Errorf("open %s: %w", a.Name, err)
	}
	defer r.Close()
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return sum, fmt.Errorf("read %s: %w", a.Name, err)
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}
