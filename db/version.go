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

// Versions are the versions that an answer depends on, all read from the snapshot of the answer. An answer
// to the same question for a caller with the same rights is the same as long as they are the same.
type Versions struct {
	// Directory is the version of the accounts, of the courses themselves and of the names of people.
	Directory int64
	// Courses are in ascending order of their ids.
	Courses []CourseVersion
}

// A CourseVersion is the version of a course.
type CourseVersion struct{ CourseID, Version int64 }

// Include reports whether all versions of o are among those of v.
func (v *Versions) Include(o *Versions) bool {
	if v.Directory != o.Directory {
		return false
	}
	for _, c := range o.Courses {
		if !slices.Contains(v.Courses, c) {
			return false
		}
	}
	return true
}

// CourseIDs returns the ids of the courses; nil has none.
func (v *Versions) CourseIDs() []int64 {
	if v == nil {
		return []int64{}
	}
	ids := make([]int64, len(v.Courses))
	for i, c := range v.Courses {
		ids[i] = c.CourseID
	}
	return ids
}

// HasVersion reports whether the versions of the store cover the objects of a type of the schema. Jobs and
// uploads, for example, change without a new version.
func HasVersion(typeName string) bool {
	switch typeName {
	case "Account", "Course", "Section", "Assignment", "Result", "Step", "User", "Bundle",
		"ResultStats", "ResultGroup", "StepStats", "Activity":
		return true
	}
	return false
}

// The names of the columns of accounts and courses with the versions: see Versions.
const (
	DirectoryVersionColumn = "directory_version"
	CourseVersionColumn    = "course_version"
)

// versionColumn returns the SQL of a column with a version. Course is the SQL of the id of the course.
func versionColumn(column, course string) query.Clause {
	switch column {
	case DirectoryVersionColumn:
		return query.SQL("(SELECT dir.value FROM counter AS dir WHERE dir.name = 'directory')")
	case CourseVersionColumn:
		return query.SQL("(SELECT ver.version FROM course_version AS ver WHERE ver.course_id = " + course + ")")
	}
	return query.Clause{}
}

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

// versionStatements read the versions of courses, and the version of the directory as that of course 0, on
// SQLite and on PostgreSQL.
var versionStatements = map[bool]*query.FixedStatement{
	false: versionStatement("IN (SELECT value FROM json_each(?))"), true: versionStatement("= ANY($1::bigint[])"),
}

func versionStatement(among string) *query.FixedStatement {
	return query.NewFixedStatement(`SELECT 0 AS course_id, value AS version FROM counter WHERE name = 'directory'
		UNION ALL SELECT course_id, version FROM course_version WHERE course_id ` + among)
}

// VersionGuard returns a guard that always passes, and sets now to the present versions of the directory
// and of courses. Courses that do not exist are missing in now.
func (s *Store) VersionGuard(courses []int64, now *Versions) query.Guard {
	return query.Guard{Statement: versionStatements[s.IsPostgres()], Values: []any{courses}, Check: func(rows *query.Rows) error {
		*now = Versions{}
		for cells := rows.Next(); cells != nil; cells = rows.Next() {
			c := cellReader{cells: cells}
			v := CourseVersion{CourseID: c.int(), Version: c.int()}
			switch {
			case c.err != nil:
				return c.err
			case v.CourseID == 0:
				now.Directory = v.Version
			default:
				now.Courses = append(now.Courses, v)
			}
		}
		return rows.Err()
	}}
}
