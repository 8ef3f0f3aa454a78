package ingest_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
)

// BenchmarkWriters measures transactions that each change one result with its steps, by eight writers to one
// course and to two courses.
func BenchmarkWriters(b *testing.B) {
	s := dbtest.NewPostgres(b)
	f := dbtest.NewFixture(b, s)
	var score atomic.Int64
	for _, bm := range []struct {
		name        string
		assignments []*db.Assignment
	}{
		{"one course", []*db.Assignment{f.PublishedAssignment}},
		{"two courses", []*db.Assignment{f.PublishedAssignment, f.OtherPublishedAssignment}},
	} {
		b.Run(bm.name, func(b *testing.B) {
			const writers = 8
			var left atomic.Int64
			left.Store(int64(b.N))
			var wg sync.WaitGroup
			for w := range writers {
				wg.Go(func() {
					user := []*db.User{f.Anna, f.Bob, f.Carl, f.Teacher}[w/2]
					for left.Add(-1) >= 0 {
						item := dbtest.Result(bm.assignments[w%len(bm.assignments)], user, 1)
						item.Result.Score = new(float64(score.Add(1)))
						if _, err := ingest.UpsertResults(b.Context(), s, []*ingest.ResultItem{item}, dbtest.Noon); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
		})
	}
}
