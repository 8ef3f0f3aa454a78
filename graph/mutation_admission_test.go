package graph_test

import (
	"context"
	"database/sql"
	"log/slog"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph"
)

// A concurrencyMeter measures how many statements run at the same time.
type concurrencyMeter struct{ running, maximum atomic.Int64 }

func (m *concurrencyMeter) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context {
	n := m.running.Add(1)
	for old := m.maximum.Load(); n > old && !m.maximum.CompareAndSwap(old, n); old = m.maximum.Load() {
	}
	for range 100 {
		runtime.Gosched()
	}
	return ctx
}

func (m *concurrencyMeter) AfterQuery(context.Context, *bun.QueryEvent) { m.running.Add(-1) }

// A mutation uses one connection at a time, also if it selects its fields in fragments.
func TestMutationUsesOneConnection(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		ms := newMutationServer(t, s)
		meter := &concurrencyMeter{}
		ms.store = s.WithQueryHook(meter)
		ms.server = newServerWith(ms, false)
		lists := ""
		for _, alias := range strings.Fields("a b c d e f g h") {
			lists += alias + ": results(first: 1) { totalCount nodes { id } } "
		}
		change := "updateAssignment(assignment: " + ms.ref() + ", input: {paused: true}) { assignment { " + lists + "} }"
		for _, mutation := range []string{"{ " + change + " }", "{ ... on Mutation { " + change + " } }", "{ ...F } fragment F on Mutation { " + change + " }"} {
			if got := ms.run(t, ms.teacher(), mutation); got.String() != "OK" {
				t.Errorf("%.60s = %v, want OK", mutation, got)
			}
		}
		if n := meter.maximum.Load(); n != 1 {
			t.Errorf("%d statements run at the same time, want 1", n)
		}
	})
}

// A busyQueue lets a reader wait for the connection of the transaction that inserts jobs.
type busyQueue struct {
	fakeQueue
	t      *testing.T
	store  *db.Store
	finish chan struct{}
	reader chan error
}

func (q *busyQueue) Insert(ctx context.Context, tx *sql.Tx, args ...river.JobArgs) error {
	go func() {
		q.reader <- q.store.DB().InSnapshot(context.WithoutCancel(ctx), false, func(*query.Snapshot) error {
			<-q.finish
			return nil
		})
	}()
	waitFor(q.t, "a waiting reader", func() bool { return q.store.DB().Waiting() == 1 })
	return q.fakeQueue.Insert(ctx, tx, args...)
}

// A mutation reads what it has committed without waiting for a connection.
func TestCommittedChangeIsAnswered(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		ms := newMutationServer(t, openWith(t, location, db.Options{Conns: 1, MaxWait: 2 * time.Second}))
		queue := &busyQueue{t: t, store: ms.store, finish: make(chan struct{}), reader: make(chan error, 1)}
		ms.server = graph.NewServer(graph.Config{Store: ms.store, Blobs: ms, Jobs: queue, Log: slog.New(slog.DiscardHandler)})
		got := ms.run(t, ms.teacher(), "{ evaluateResults(assignment: "+ms.ref()+", evaluate: {scope: LATEST}) { queued assignment { name } } }")
		close(queue.finish)
		if got.String() != "OK" {
			t.Errorf("a committed change = %v, want OK", got)
		}
		if err := <-queue.reader; err != nil {
			t.Errorf("the reader = %v, want nil", err)
		}
	})
}
