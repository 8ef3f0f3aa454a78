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

// InsertAttempts inserts a result for a submission if none of its users has a result for it. A user
// has a result if a stored attempt has the user's attempt number. If the store does not know the
// number of a group member, it assumes the number of the result's user. The assumed number counts
// only if the two submission times differ by at most db.GroupSubmissionWindow. A user whose number
// is unknown also has a result if another user of the submission has a result of the same group.
func TestInsertAttempts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		a, b, c := fx.Anna.MomotorID, fx.Bob.MomotorID, fx.Carl.MomotorID
		imported := dbtest.Result(fx.PublishedAssignment, fx.Anna, 1) // of a group with Bob, whose attempt number is unknown
		imported.Group = []int64{a, b}
		fx.UpsertResults(t, s, imported)
		for _, tt := range []struct {
			name          string
			user          *db.User
			attemptByUser map[int64]int
			want          []int64 // the users without a result
		}{
			{"an imported attempt", fx.Anna, map[int64]int{a: 1}, nil},
			{"an imported attempt, with another number for Bob", fx.Bob, map[int64]int{a: 1, b: 3}, nil},
			{"Bob under Anna's number", fx.Bob, map[int64]int{b: 1}, nil},
			{"an imported attempt with another member", fx.Anna, map[int64]int{a: 1, b: 1, c: 1}, []int64{c}},
			{"a new attempt of a group", fx.Anna, map[int64]int{a: 2, b: 5}, []int64{a, b}},
			{"the same attempt for another user", fx.Bob, map[int64]int{b: 5, a: 2}, nil},
			{"Bob alone under his own number", fx.Bob, map[int64]int{b: 5}, nil},
			{"Bob under the number of Anna's attempt", fx.Bob, map[int64]int{b: 2}, []int64{b}},
			{"Anna under the number of Bob's attempt", fx.Anna, map[int64]int{a: 5}, []int64{a}},
			{"a group in which Bob has a result", fx.Carl, map[int64]int{c: 2, b: 5}, []int64{c}},
		} {
			before, err := s.ListAttempts(t.Context(), fx.PublishedAssignment.Key())
			if err != nil {
				t.Fatal(err)
			}
			item := dbtest.Result(fx.PublishedAssignment, tt.user, tt.attemptByUser[tt.user.MomotorID])
			users := slices.Sorted(maps.Keys(db.NewAttemptIndex(before).UsersWithoutResult(tt.attemptByUser, item.Result.SubmittedAt)))
			if slices.Sort(tt.want); !slices.Equal(users, tt.want) {
				t.Errorf("%s: UsersWithoutResult = %v, want %v", tt.name, users, tt.want)
			}
			if len(tt.attemptByUser) > 1 {
				item.Group = slices.Sorted(maps.Keys(tt.attemptByUser))
			}
			err = dbtest.InTx(t, s, func(ctx context.Context, tx *change.Tx) error {
				_, err := tx.InsertAttempts(ctx, fx.PublishedAssignment.Key(), []*change.NewAttempt{{ResultItem: item, AttemptByUser: tt.attemptByUser}})
				return err
			})
			after, err2 := s.ListAttempts(t.Context(), fx.PublishedAssignment.Key())
			if err != nil || err2 != nil {
				t.Fatal(err, err2)
			}
			if inserted := len(after) > len(before); inserted != (len(tt.want) == len(tt.attemptByUser)) {
				t.Errorf("%s: inserted = %t, want %t, because %d of %d users have no result", tt.name, inserted, !inserted, len(tt.want), len(tt.attemptByUser))
			}
		}
		other := dbtest.Result(fx.PublishedAssignment, fx.Bob, 1) // the submission of Bob alone: its time differs by more than db.GroupSubmissionWindow
		usersWithoutResult := func() map[int64]int {
			t.Helper()
			all, err := s.ListAttempts(t.Context(), fx.PublishedAssignment.Key())
			if err != nil {
				t.Fatal(err)
			}
			return db.NewAttemptIndex(all).UsersWithoutResult(map[int64]int{b: 1}, other.Result.SubmittedAt.Add(-time.Hour))
		}
		if len(usersWithoutResult()) != 1 {
			t.Error("the result of the group counts as the result of Bob's own submission")
		}
	})
}

// An afterRead hook calls do once, after the statement that reads the results.
type afterRead struct {
	once sync.Once
	do   func()
}

func (*afterRead) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

func (a *afterRead) AfterQuery(_ context.Context, e *bun.QueryEvent) {
	if strings.Contains(e.Query, "preview_url") {
		a.once.Do(a.do)
	}
}

// ListAttempts ignores a group's result that is inserted between its two statements.
func TestListAttemptsDuringInsert(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		inserted := false
		hook := &afterRead{do: func() {
			item := dbtest.Result(fx.PublishedAssignment, fx.Anna, 1)
			item.Group = []int64{fx.Anna.MomotorID, fx.Bob.MomotorID}
			inserted = len(fx.UpsertResults(t, s, item)) == 1
		}}
		got, err := s.WithQueryHook(hook).ListAttempts(t.Context(), fx.PublishedAssignment.Key())
		if err != nil || len(got) != 0 || !inserted {
			t.Errorf("ListAttempts = %v, %v; inserted %t", got, err, inserted)
		}
	})
}
