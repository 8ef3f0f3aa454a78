package bench

import (
	"cmp"
	"slices"
	"strconv"
)

// sectionsStatement reads the sections of all users of a course once; Go joins them to the rows.
var sectionsStatement = statement{`SELECT enr.user_id, sec.canvas_id FROM course AS crs JOIN enrollment AS enr ON enr.course_id = crs.id JOIN section AS sec ON sec.id = enr.section_id
	WHERE crs.account_id = $1 AND crs.canvas_id = $2`, []string{"account", "course"}}

// sections are the sections of the users of a course, by user and section.
type sections []sectionOfUser

type sectionOfUser struct{ user, section int64 }

// read reads the rows of sectionsStatement.
func (s *sections) read(rows *rowReader) error {
	err := rows.each(func(row [][]byte) {
		*s = append(*s, sectionOfUser{parseNumber(row[0]), parseNumber(row[1])})
	})
	slices.SortFunc(*s, func(a, b sectionOfUser) int {
		return cmp.Or(cmp.Compare(a.user, b.user), cmp.Compare(a.section, b.section))
	})
	*s = slices.Compact(*s)
	return err
}

// append appends the sections of a user.
func (s sections) append(to []byte, user int64, separator byte) []byte {
	at, _ := slices.BinarySearchFunc(s, user, func(e sectionOfUser, user int64) int { return cmp.Compare(e.user, user) })
	for i := at; i < len(s) && s[i].user == user; i++ {
		if i > at {
			to = append(to, separator)
		}
		to = strconv.AppendInt(to, s[i].section, 10)
	}
	return to
}
