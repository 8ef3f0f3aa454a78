package db

import "github.com/momotor/resultgraph/db/query"

// resultsOf returns the tables of an analysis of results, for the end of FROM: the table parents of keys of
// an edge, and for each parent its results as res, in an order of columns of res. The results are those
// that the caller may see and that meet all conditions. Nothing but an ORDER BY without an order may
// follow.
func resultsOf(edge *query.Edge[Result], sc query.Scope, parents query.Clause, conditions []query.Clause, order string) query.Clause {
	all := append([]query.Clause{query.SQL(edge.On), edge.Visible(sc)}, conditions...)
	end := query.Dialect(" OFFSET 0) AS res", "")
	if order != "" {
		end = query.Dialect(" ORDER BY "+order+") AS res", " ORDER BY parent.ordinal, "+order)
	}
	return query.SQL("? CROSS JOIN ? result AS res WHERE ? ?",
		parents, query.Dialect("LATERAL (SELECT res.* FROM ", ""), query.And(all...), end)
}

// resultColumn returns the SQL of a column of result AS res, which hides the values that the caller may
// not see.
func resultColumn(column string, sc query.Scope) query.Clause {
	if sc.IsSystem() {
		return query.SQL("res." + column)
	}
	return (*Result)(nil).ColumnExpr(column, sc, false)
}

// isDone is the condition that a result was processed.
var isDone = query.SQL("res.state = 'done'")

// resultStudents are the students of results, by the index of the result. The student of the result of a
// group is the one who submitted it, so that counts of students are too small rather than too large.
type resultStudents []int64

// add adds the student of the next result.
func (s *resultStudents) add(cell []byte) error {
	id, err := query.ParseInt(cell)
	*s = append(*s, id)
	return err
}

// count returns the number of students of the results that a condition selects.
func (s resultStudents) count(selects func(result int) bool) int {
	students := map[int64]struct{}{}
	for result, student := range s {
		if selects(result) {
			students[student] = struct{}{}
		}
	}
	return len(students)
}
