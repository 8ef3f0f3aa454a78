package transfer

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
)

// This file reads the rows that an export writes as objects of the import format.

// A Result is a result with all columns.
type Result struct {
	bun.BaseModel `bun:"table:result,alias:res"`
	db.Result

	EngineJob *string `bun:"engine_job"`
}

// Each calls f with all rows of the table of T, in the order of SQL expressions.
func Each[T any](ctx context.Context, tx query.ReadTx, f func(*T) error, order ...string) error {
	return eachOf(ctx, tx, tx.NewSelect().Model((*T)(nil)), f, order...)
}

// EachAssignment calls f with all assignments, in the order of their courses and ids.
func EachAssignment(ctx context.Context, tx query.ReadTx, f func(*db.Assignment) error) error {
	q := tx.NewSelect().Model((*db.Assignment)(nil)).Column("course_id", "id", "canvas_id", "name", "active", "published", "paused", "revision",
		"refreshed_at", "grading_type", "points_possible", "due_at", "unlock_at", "lock_at", "position", "canvas_published",
		"group_category_id", "group_graded_separately")
	return eachOf(ctx, tx, q, f, "course_id", "id")
}

func eachOf[T any](ctx context.Context, tx query.ReadTx, q *bun.SelectQuery, f func(*T) error, order ...string) error {
	for _, column := range order {
		q.OrderExpr(column)
	}
	if err := query.EachRow(ctx, tx, q, f); err != nil {
		return fmt.Errorf("export rows of %T: %w", *new(T), err)
	}
	return nil
}

// Results returns at most limit results of a course with ids above after, in the order of their ids.
func Results(ctx context.Context, tx query.ReadTx, course, after int64, limit int64) (page []*Result, err error) {
	err = tx.NewSelect().Model(&page).Where("course_id = ? AND id > ?", course, after).Order("id").Limit(limit).Scan(ctx)
	return page, err
}

const ofResults = "course_id = ? AND result_id BETWEEN ? AND ?"

// Members returns the members of groups of the results of a course with ids from first to last, by result.
func Members(ctx context.Context, tx query.ReadTx, course, first, last int64) (members []*db.Member, err error) {
	err = tx.NewSelect().Model(&members).Where(ofResults, course, first, last).Order("result_id", "user_id").Scan(ctx)
	return members, err
}

// EachStep calls f with the steps of the results of a course with ids from first to last, by result and in
// their order.
func EachStep(ctx context.Context, tx query.ReadTx, course, first, last int64, f func(*db.Step) error) error {
	q := tx.NewSelect().Model((*db.Step)(nil)).Where(ofResults, course, first, last).Order("result_id", "position", "task")
	return query.EachRow(ctx, tx, q, f)
}

// An APIKey is an API key with all columns.
type APIKey struct {
	bun.BaseModel `bun:"table:api_key,alias:apk"`
	db.APIKey

	LastUsedAt *time.Time `bun:"last_used_at"`
}

// A KeyCourse is the id of a course of an API key.
type KeyCourse struct {
	APIKeyID int64 `bun:"api_key_id"`
	CourseID int64 `bun:"course_id"`
}

// KeyCourses returns the courses of all API keys, in the order of keys and courses.
func KeyCourses(ctx context.Context, tx query.ReadTx) (courses []KeyCourse, err error) {
	err = tx.NewRaw("SELECT api_key_id, course_id FROM api_key_course ORDER BY api_key_id, course_id").Scan(ctx, &courses)
	return courses, err
}

// A File is a file of the store, and the number of bundles that have it.
type File struct {
	SHA256  string `bun:"sha256"`
	Size    int64  `bun:"size"`
	Bundles int64  `bun:"bundles"`
}

// Files returns at most limit files of bundles with sums above after, in the order of their sums.
func Files(ctx context.Context, s *db.Store, after string, limit int) (files []File, err error) {
	err = s.DB().NewRaw(`SELECT sha256, max(size) AS size, count(*) AS bundles FROM bundle WHERE sha256 > ?
		GROUP BY sha256 ORDER BY sha256 LIMIT ?`, after, limit).Scan(ctx, &files)
	if err != nil {
		return nil, fmt.Errorf("list the files of bundles: %w", query.WrapError(err))
	}
	return files, nil
}

// FileSums returns the sums of the files of bundles that begin with a prefix of hexadecimal digits, sorted.
func FileSums(ctx context.Context, tx query.ReadTx, prefix string) (sums []string, err error) {
	err = tx.NewRaw("SELECT DISTINCT sha256 FROM bundle WHERE sha256 >= ? AND sha256 < ? ORDER BY sha256",
		prefix, prefix+"g").Scan(ctx, &sums) // g follows the digits
	if err != nil {
		return nil, fmt.Errorf("list the files of bundles: %w", err)
	}
	return sums, nil
}

// CountParts returns the number of results, of bundles and of bundles with a file: an export writes each of
// them in a step.
func CountParts(ctx context.Context, s *db.Store) (n int64, err error) {
	const count = `SELECT (SELECT count(*) FROM bundle) + (SELECT count(*) FROM bundle WHERE sha256 IS NOT NULL)
		+ (SELECT coalesce(sum(total), 0) FROM result_count)`
	err = s.DB().NewRaw(count).Scan(ctx, &n)
	return n, query.WrapError(err)
}
