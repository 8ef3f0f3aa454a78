package change_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/fault"
)

// A reference selects a result by its id, or by student and attempt. The result of a group has the ids of
// all members. A reference to a result of another assignment or of nobody queues nothing.
func TestQueueResultsByReference(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		group := dbtest.Result(fx.PublishedAssignment, fx.Bob, 1)
		group.Group = []int64{fx.Bob.MomotorID, fx.Carl.MomotorID}
		own := dbtest.Result(fx.PublishedAssignment, fx.Carl, 1) // of the same number as that of the group, and submitted later
		own.Result.SubmittedAt = group.Result.SubmittedAt.Add(time.Minute)
		first, second := dbtest.Result(fx.PublishedAssignment, fx.Anna, 1), dbtest.Result(fx.PublishedAssignment, fx.Anna, 2)
		other := dbtest.Result(fx.UnpublishedAssignment, fx.Anna, 3)
		fx.UpsertResults(t, s, first, second, group, own, other)
		path := func(student int64, attempt *int) change.ResultReference {
			return change.ResultReference{Path: &change.ResultPath{UserCanvasID: student, Attempt: attempt}}
		}
		id := func(item *ingest.ResultItem) change.ResultReference {
			return change.ResultReference{MomotorID: &item.Result.MomotorID}
		}
		for _, tt := range []struct {
			name string
			refs []change.ResultReference
			want []*ingest.ResultItem // nil for an error
		}{
			{"a result of another assignment", []change.ResultReference{id(first), id(other)}, nil},
			{"an attempt of another assignment", []change.ResultReference{path(1, nil), path(1, new(3))}, nil},
			{"an unknown student", []change.ResultReference{path(99, nil)}, nil},
			{"a teacher", []change.ResultReference{path(4, nil)}, nil},
			{"attempt 0", []change.ResultReference{path(1, new(0))}, nil},
			{"the latest attempt", []change.ResultReference{path(1, nil)}, []*ingest.ResultItem{second}},
			{"an earlier attempt", []change.ResultReference{path(1, new(1))}, []*ingest.ResultItem{first}},
			{"ids and paths", []change.ResultReference{id(first), path(1, new(2)), path(1, nil)}, []*ingest.ResultItem{first, second}},
			{"a group", []change.ResultReference{path(2, new(1))}, []*ingest.ResultItem{group}},
			{"a member with a later result", []change.ResultReference{path(3, new(1))}, []*ingest.ResultItem{own}},
			{"none", []change.ResultReference{}, []*ingest.ResultItem{}},
		} {
			var want []int64
			for _, item := range tt.want {
				want = append(want, item.Result.MomotorID)
			}
			slices.Sort(want)
			queued, err := queueResults(t, s, fx.PublishedAssignment, change.Evaluation{References: tt.refs})
			if !slices.Equal(queued, want) || (tt.want == nil) != errors.Is(err, fault.BadInput) || tt.want != nil && err != nil {
				t.Errorf("%s: QueueResults = %v, %v, want %v", tt.name, queued, err, want)
			}
		}
	})
}
