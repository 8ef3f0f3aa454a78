package db

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
)

// The version of a course is a number that rises in every transaction that changes what can be read in
// the course. Triggers of the database raise it, so that no transaction can forget it (decision 10).
// Sequence ids are versions too: see Result.SequenceID.

// LockCourses locks the versions of courses until the transaction ends, in the order of their ids. A
// transaction must call it before it changes rows that other transactions change too, and once for all
// of its courses, so that transactions do not deadlock. Until the transaction ends no other transaction
// changes what can be read in the courses.
func LockCourses(ctx context.Context, tx bun.Tx, courses ...int64) error {
	if !query.IsPostgres(tx) || len(courses) == 0 { // transactions of SQLite exclude each other
		return nil
	}
	_, err := tx.NewRaw("SELECT FROM course_version WHERE course_id IN (?) ORDER BY course_id FOR NO KEY UPDATE", bun.List(courses)).Exec(ctx)
	if err != nil {
		return fmt.Errorf("lock the courses %v: %w", courses, query.WrapError(err))
	}
	return nil
}

// ReserveSequence reserves n sequence ids of a course and returns the first; the others follow it. It
// locks the version of the course until the transaction ends, so that sequence ids become visible in
// ascending order. A client that has read all results of a course up to a sequence id therefore never
// misses a smaller one.
func ReserveSequence(ctx context.Context, tx bun.Tx, course int64, n int) (first int64, err error) {
	err = tx.NewRaw("UPDATE course_version SET version = version + ? WHERE course_id = ? RETURNING version - ?", n, course, n-1).Scan(ctx, &first)
	if err != nil {
		return 0, fmt.Errorf("reserve sequence ids of course %d: %w", course, query.WrapError(err))
	}
	return first, nil
}

// DistinctCourses returns the courses of rows in ascending order.
func DistinctCourses[T any](rows []T, courseOf func(T) int64) []int64 {
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = courseOf(r)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
