package db_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
)

// Numbers are stored within the limits.
func TestStorableNumber(t *testing.T) {
	t.Parallel()
	for x, want := range map[float64]any{
		0: 0.0, 8.5: 8.5, -1e15: -1e15, 1e-100: 1e-100, 9e-101: 0.0, -5e-324: 0.0,
		1.1e15: nil, -1e308: nil, math.Inf(1): nil, math.NaN(): nil,
	} {
		var got any
		if n := db.StorableNumber(&x); n != nil {
			got = *n
		}
		if got != want {
			t.Errorf("StorableNumber(%g) = %v, want %v", x, got, want)
		}
	}
	if db.StorableNumber(nil) != nil {
		t.Error("StorableNumber(nil) is not nil")
	}
}

// The migration replaces numbers beyond the limits that earlier releases stored.
func TestStoredNumbersAreLimited(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := dbtest.NewFixture(t, s)
		fx.UpsertResults(t, s, dbtest.Result(fx.PublishedAssignment, fx.Anna, 1), dbtest.Result(fx.PublishedAssignment, fx.Bob, 1))
		dbtest.Exec(t, s, fmt.Sprintf("UPDATE result SET score = 1e308, score_reviewer = 1e-300, seconds_late = 7 WHERE user_id = %d", fx.Anna.MomotorID))
		dbtest.Exec(t, s, "UPDATE step SET score = 5e14, max_score = -1e16")
		dbtest.Exec(t, s, "UPDATE assignment SET points_possible = 1e-200 WHERE canvas_id = 501")
		dbtest.Exec(t, s, "UPDATE assignment SET points_possible = 1e16 WHERE canvas_id = 502")
		if _, err := revertSince(t, s, "20261129000150").Up(t.Context()); err != nil {
			t.Fatal(err)
		}
		for query, want := range map[string][]string{
			"SELECT coalesce(CAST(score AS text), '-') || ' ' || CAST(score_reviewer = 0 AS integer) || ' ' || CAST(seconds_late = 7 AS integer) FROM result WHERE seconds_late IS NOT NULL": {"- 1 1"},
			"SELECT DISTINCT CAST(score = 5e14 AS integer) || coalesce(CAST(max_score AS text), '-') FROM step":                                                                              {"1-"},
			"SELECT coalesce(CAST(CAST(points_possible AS integer) AS text), '-') FROM assignment WHERE course_id = (SELECT min(id) FROM course) ORDER BY canvas_id":                         {"0", "-"},
		} {
			var got []string
			if err := s.DB().NewRaw(query).Scan(t.Context(), &got); err != nil || !slices.Equal(got, want) {
				t.Errorf("%s = %q, %v, want %q", query, got, err, want)
			}
		}
	})
}
