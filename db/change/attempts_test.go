package change_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/dbtest"
)

// Whoever takes in what was handed in, of two at once too: a result is of a number of the
// user's own, and of the mates' own where those are known.
func TestTakeAttempts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		w := dbtest.NewFixture(t, s)
		a, b, c := w.Anna.MomotorID, w.Bob.MomotorID, w.Carl.MomotorID
		imported := dbtest.Result(w.Published, w.Anna, 1) // with bob, whose number nobody knows
		imported.Group = []int64{a, b}
		w.UpsertResults(t, s, imported)
		for _, tt := range []struct {
			name    string
			user    *db.User
			numbers map[int64]int
			rest    []int64 // who have no result of it
		}{
			{"anna's own", w.Anna, map[int64]int{a: 1}, nil},
			{"it and bob's part", w.Bob, map[int64]int{a: 1, b: 3}, nil},
			{"bob's part, by anna's number", w.Bob, map[int64]int{b: 1}, nil},
			{"it and a mate's who was not there", w.Anna, map[int64]int{a: 1, b: 1, c: 1}, []int64{c}},
			{"together, by other numbers", w.Anna, map[int64]int{a: 2, b: 5}, []int64{a, b}},
			{"again, by bob", w.Bob, map[int64]int{b: 5, a: 2}, nil},
			{"bob's part alone", w.Bob, map[int64]int{b: 5}, nil},
			{"the number of the other's", w.Bob, map[int64]int{b: 2}, []int64{b}},
			{"a number that is between", w.Anna, map[int64]int{a: 5}, []int64{a}},
			{"some have it", w.Carl, map[int64]int{c: 2, b: 5}, []int64{c}},
		} {
			before, err := s.ListAttempts(t.Context(), w.Published.Key())
			if err != nil {
				t.Fatal(err)
			}
			item := dbtest.Result(w.Published, tt.user, tt.numbers[tt.user.MomotorID])
			rest := slices.Sorted(maps.Keys(db.NewAttemptIndex(before).WithoutResult(tt.numbers, item.Result.SubmittedAt)))
			if slices.Sort(tt.rest); !slices.Equal(rest, tt.rest) {
				t.Errorf("%s: without a result are %v, want %v", tt.name, rest, tt.rest)
			}
			if len(tt.numbers) > 1 {
				item.Group = slices.Sorted(maps.Keys(tt.numbers))
			}
			err = dbtest.InTx(t, s, func(ctx context.Context, c *change.Tx) error {
				_, err := c.InsertAttempts(ctx, w.Published.Key(), []*change.NewAttempt{{ResultItem: item, Numbers: tt.numbers}})
				return err
			})
			after, err2 := s.ListAttempts(t.Context(), w.Published.Key())
			if err != nil || err2 != nil {
				t.Fatal(err, err2)
			}
			if taken := len(after) > len(before); taken != (len(tt.rest) == len(tt.numbers)) {
				t.Errorf("%s: taken in = %v, though %d of %d have no result of it", tt.name, taken, len(tt.rest), len(tt.numbers))
			}
		}
		other := dbtest.Result(w.Published, w.Bob, 1) // bob's own, of another time
		rest := func() map[int64]int {
			t.Helper()
			all, err := s.ListAttempts(t.Context(), w.Published.Key())
			if err != nil {
				t.Fatal(err)
			}
			return db.NewAttemptIndex(all).WithoutResult(map[int64]int{b: 1}, other.Result.SubmittedAt.Add(-time.Hour))
		}
		if len(rest()) != 1 {
			t.Error("bob's own is taken for his part of anna's")
		}
	})
}

// between does something once, after the statement that reads the results.
type between struct {
	once sync.Once
	do   func()
}

func (b *between) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

func (b *between) AfterQuery(_ context.Context, e *bun.QueryEvent) {
	if strings.Contains(e.Query, "preview_url") {
		b.once.Do(b.do)
	}
}

// A group's result that comes while attempts are read is in none of them.
func TestAttemptsMeanwhile(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		w := dbtest.NewFixture(t, s)
		came := false
		hook := &between{do: func() {
			item := dbtest.Result(w.Published, w.Anna, 1)
			item.Group = []int64{w.Anna.MomotorID, w.Bob.MomotorID}
			came = len(w.UpsertResults(t, s, item)) == 1
		}}
		got, err := s.WithQueryHook(hook).ListAttempts(t.Context(), w.Published.Key())
		if err != nil || len(got) != 0 || !came {
			t.Errorf("Attempts = %v, %v; came %v", got, err, came)
		}
	})
}
