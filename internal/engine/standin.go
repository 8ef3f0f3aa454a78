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

// standInName is the name of a stand-in. Its results contain the name, so that readers do not
// mistake them for real results.
const standInName = "resultgraph stand-in, not the Momotor engine"

// standInPace is the default time that a stand-in takes for one product.
const standInPace = 6 * time.Second

// A StandIn is an Engine for demonstrations. It reads the steps of the recipe, waits for some
// time and returns fake results, which are always the same for the same product. It does not
// run the submission. The zero value is ready for use.
type StandIn struct {
	// Dir is the directory for results until they are closed; empty is the default directory
	// for temporary files.
	Dir string
	// Pace is the time for one product; zero is standInPace.
	Pace time.Duration
	// Wait waits for d, or returns ctx's error if ctx is done first; nil is the real clock.
	Wait func(ctx context.Context, d time.Duration) error
}

// Check implements Engine. A stand-in is always available.
func (s *StandIn) Check(ctx context.Context) (Info, error) {
	return Info{Name: standInName}, ctx.Err()
}

// EndJob implements Engine. It does nothing.
func (s *StandIn) EndJob(context.Context, string) error { return nil }

// Close implements Engine.
func (s *StandIn) Close() error { return nil }

// Evaluate implements Engine.
func (s *StandIn) Evaluate(ctx context.Context, sub Submission, progress func(Progress)) (*Results, error) {
	if progress == nil {
		progress = func(Progress) {}
	}
	seed, err := digest(ctx, sub.Product)
	if err != nil {
		return nil, err
	}
	steps, err := readSteps(ctx, sub.Recipe)
	if err != nil {
		return nil, err
	}
	marks := fakeMarks(steps, seed)
	if err := s.simulate(ctx, len(marks), progress); err != nil {
		return nil, err
	}
	xml := resultsXML(marks)
	if int64(len(xml)) > sub.MaxResultSize {
		return nil, fmt.Errorf("%w: %d bytes, the limit is %d", ErrTooLarge, len(xml), sub.MaxResultSize)
	}
	return SpoolResults(s.Dir, XML, bytes.NewReader(xml))
}

// simulate waits for the time that the tasks take, a quarter of it in the queue.
func (s *StandIn) simulate(ctx context.Context, tasks int, progress func(Progress)) error {
	wait := s.Wait
	if wait == nil {
		wait = sleep
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

// digest returns the SHA-256 of an asset.
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
