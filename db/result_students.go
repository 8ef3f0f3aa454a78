package db

import "github.com/momotor/resultgraph/db/query"

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
