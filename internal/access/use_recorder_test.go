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
	*UseRecorder
	clock   *clock
	log     *bytes.Buffer
	written [][]int64
	err     error // of the next writes
}

func newUseFixture() *useFixture {
	f := &useFixture{clock: newClock(), log: &bytes.Buffer{}}
	f.UseRecorder = NewUseRecorder(f.record, f.clock.time, slog.New(slog.NewTextHandler(f.log, nil)))
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
	recent, old := f.clock.now.Add(-useResolution+1), f.clock.now.Add(-useResolution)
	for range 3 {
		f.Note(KeyRecord{ID: 9})
		f.Note(KeyRecord{ID: 4, LastUsed: &recent})
		f.Note(KeyRecord{ID: 5, LastUsed: &old})
	}
	f.flush()
	f.flush() // nothing is left
	if want := []int64{5, 9}; len(f.written) != 1 || !slices.Equal(f.written[0], want) {
		t.Errorf("written = %v, want %v once", f.written, want)
	}
}

// A failed write is logged and forgotten; the next use is written.
func TestUseRecorderForgetsFailures(t *testing.T) {
	t.Parallel()
	f := newUseFixture()
	f.err = errors.New("read-only database")
	f.Note(KeyRecord{ID: 5})
	f.flush()
	f.flush()
	if len(f.written) != 1 || !strings.Contains(f.log.String(), "read-only database") {
		t.Errorf("%d writes and log %q, want one write and its error", len(f.written), f.log)
	}
	f.Note(KeyRecord{ID: 5})
	f.flush()
	if len(f.written) != 2 {
		t.Errorf("%d writes, want a second one after another use", len(f.written))
	}
}

// Stopping writes what is left, and noting a use does not wait for a write.
func TestUseRecorderStops(t *testing.T) {
	t.Parallel()
	writing, release := make(chan struct{}), make(chan struct{})
	u := NewUseRecorder(func(context.Context, []int64, time.Time) error {
		close(writing)
		<-release
		return nil
	}, newClock().time, slog.New(slog.DiscardHandler))
	u.Note(KeyRecord{ID: 5})
	stop, stopped := u.Start(), make(chan struct{})
	go func() { stop(); close(stopped) }()
	<-writing
	u.Note(KeyRecord{ID: 6}) // would deadlock if the write held the lock
	close(release)
	<-stopped
}
