package db

import (
	"slices"

	"github.com/momotor/resultgraph/db/query"
)

// AttemptsUntilPass says how many attempts the students of an assignment needed. A member of a group has
// the results of the group.
type AttemptsUntilPass struct {
	// Buckets are in ascending order of attempts, without empty ones.
	Buckets []AttemptsBucket
	// NotPassed is the number of students who have results but no accepted one; nil for fewer than a caller
	// may see.
	NotPassed *int
}

// An AttemptsBucket is the number of students whose first accepted result has the same attempt.
type AttemptsBucket struct{ Attempts, Students int }

// NewAttemptsUntilPass returns the analysis of assignments, whose parents have the keys of
// AssignmentResults, from the results that meet the conditions. It is nil for fewer students than
// minStudents, and has no number of students that is smaller.
func NewAttemptsUntilPass(conditions []query.Clause, minStudents int) query.Analysis[*AttemptsUntilPass] {
	return query.Analysis[*AttemptsUntilPass]{
		Path: "assignment.attemptsUntilPass", KeyWidth: AssignmentResults.KeyWidth,
		Select: func(sc query.Scope, parents query.Clause) query.Clause {
			sc = sc.WithRows()
			results := resultsOf(&AssignmentResults, sc, parents, conditions, "")
			passed := query.SQL("CASE WHEN ? AND ? THEN res.attempt END AS passed", isDone, resultColumn("accepted", sc))
			// A result counts for its user and for each member of its group.
			return query.SQL(`SELECT stu.parent, stu.passed, count(*), CAST(sum(stu.results) AS bigint) FROM (
					SELECT peo.parent, peo.user_id, min(peo.passed) AS passed, count(*) AS results FROM (
						SELECT ? AS parent, res.course_id, res.id, res.user_id, ? FROM ?
						UNION ALL
						SELECT grp.parent, grp.course_id, grp.id, mem.user_id, grp.passed
						FROM (SELECT ? AS parent, res.course_id, res.id, ? FROM ?) AS grp
						JOIN result_member AS mem ON mem.course_id = grp.course_id AND mem.result_id = grp.id
					) AS peo GROUP BY peo.parent, peo.user_id
				) AS stu GROUP BY stu.parent, stu.passed ORDER BY stu.parent, stu.passed IS NULL, stu.passed`,
				query.ParentIndex, passed, results, query.ParentIndex, passed, results)
		},
		NewReader: func(parents int) query.AnalysisReader[*AttemptsUntilPass] {
			r := &attemptsReader{minStudents: minStudents, values: make([]*AttemptsUntilPass, parents)}
			for i := range r.values {
				r.values[i] = &AttemptsUntilPass{Buckets: []AttemptsBucket{}, NotPassed: new(0)}
			}
			return r
		},
	}
}

type attemptsReader struct {
	minStudents int
	values      []*AttemptsUntilPass
	rows        int64
}

// Add implements query.AnalysisReader.
func (r *attemptsReader) Add(parent int, cells [][]byte) error {
	students, err := query.ParseInt(cells[1])
	if err != nil {
		return err
	}
	results, err := query.ParseInt(cells[2])
	if err != nil {
		return err
	}
	r.rows += results
	if cells[0] == nil {
		r.values[parent].NotPassed = new(int(students))
		return nil
	}
	attempts, err := query.ParseInt(cells[0])
	v := r.values[parent]
	v.Buckets = append(v.Buckets, AttemptsBucket{int(attempts), int(students)})
	return err
}

// Values implements query.AnalysisReader.
func (r *attemptsReader) Values() []*AttemptsUntilPass {
	for i, v := range r.values {
		if v.students() < r.minStudents {
			r.values[i] = nil
			continue
		}
		v.Buckets = slices.DeleteFunc(v.Buckets, func(b AttemptsBucket) bool { return b.Students < r.minStudents })
		if *v.NotPassed < r.minStudents {
			v.NotPassed = nil
		}
	}
	return r.values
}

// RowsRead implements query.AnalysisReader. A member of a group counts as a row.
func (r *attemptsReader) RowsRead() int64 { return r.rows }

// students returns the number of all students.
func (v *AttemptsUntilPass) students() int {
	n := *v.NotPassed
	for _, b := range v.Buckets {
		n += b.Students
	}
	return n
}
