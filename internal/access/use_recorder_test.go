package access

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"
)

// A useFixture is a UseRecorder with its clock, log and what it wrote.
type useFixture struct {
	*UseRecorder[int64]
	clock   *clock
	log     *bytes.Buffer
	written [][]int64
	err     error // of the next writes
}

func newUseFixture() *useFixture {
	f := &useFixture{clock: newClock(), log: &bytes.Buffer{}}
	f.UseRecorder = NewUseRecorder(f.record, KeyUseResolution, f.clock.time, slog.New(slog.NewTextHandler(f.log, nil)))
	return f
}

func (f *useFixture) record(_ context.Context, ids []int64, at time.Time) error {
	if !at.Equal(f.clock.now) {
		return errors.New("the time is not the current time")
	}
	f.written = append(f.written, ids)
	return f.err
}

// Uses are written together, and those of a key at most once an hour.
func TestUseRecorder(t *testing.T) {
	t.Parallel()
	f := newUseFixture()
	recent, old, future := f.clock.now.Add(-KeyUseResolution+1), f.clock.now.Add(-KeyUseResolution), f.clock.now.Add(1)
	for range 3 {
		f.Record(9, nil)
		f.Record(4, &recent)
		f.Record(5, &old)
		f.Record(6, &future)
	}
	f.flush()
	f.flush() // nothing is left
	if want := []int64{5, 6, 9}; len(f.written) != 1 || !slices.Equal(f.written[0], want) {
		t.Errorf("written = %v, want %v once", f.written, want)
	}
}

// A failed write is logged and forgotten; the next use is written.
func TestUseRecorderForgetsFailures(t *testing.T) {
	t.Parallel()
	f := newUseFixture()
	f.err = errors.New("read-only database")
	f.Record(5, nil)
	f.flush()
	f.flush()
	if len(f.written) != 1 || !strings.Contains(f.log.String(), "read-only database") {
		t.Errorf("%d writes and log %q, want one write and its error", len(f.written), f.log)
	}
	f.Record(5, nil)
	f.flush()
	if len(f.written) != 2 {
		t.Errorf("%d writes, want a second one after another use", len(f.written))
	}
}

// Stopping writes what is left within a limited time, and recording a use does not wait for a write.
func TestUseRecorderStops(t *testing.T) {
	t.Parallel()
	writing, release := make(chan struct{}), make(chan struct{})
	var written []int64
	u := NewUseRecorder(func(ctx context.Context, ids []int64, _ time.Time) error {
		written = append(written, ids...)
		if until, ok := ctx.Deadline(); !ok || time.Until(until) > 2*time.Second {
			t.Errorf("the time of the last write ends at %v, want within 2 s", until)
		}
		close(writing)
		<-release
		return nil
	}, KeyUseResolution, newClock().time, slog.New(slog.DiscardHandler))
	u.Record(5, nil)
	stop, stopped := u.Start(), make(chan struct{})
	go func() { stop(); close(stopped) }()
	<-writing
	u.Record(6, nil) // would deadlock if the write held the lock
	close(release)
	<-stopped
	if !slices.Equal(written, []int64{5}) {
		t.Errorf("written = %v, want key 5", written)
	}
}
