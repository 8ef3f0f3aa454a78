package demo

import (
	"fmt"
	"slices"
)

// user is a person in an account.
type user struct {
	person
	canvasID int64
	loginID  string // may be empty
}

// newUsers returns the users of an account: students first, staff last.
func newUsers(a *account, n int) []*user {
	list := make([]*user, n)
	for i := range list {
		list[i] = &user{person: nameAt(i), canvasID: userCanvasID(a, i), loginID: loginID(a, i)}
		if a.id != SampleAccount {
			list[i].person = nameAt(150 + i)
		}
	}
	return list
}

// userCanvasID returns short ids for most users, long ids for some, and for one
// user the id of another Canvas shard, which a float64 cannot represent.
func userCanvasID(a *account, i int) int64 {
	switch {
	case a.id == SampleAccount && i == 7:
		return 10_000_000_000_000_123
	case i%25 == 10:
		return 70_000_000_000 + int64(i)
	}
	return SampleUser + int64(i)
}

func loginID(a *account, i int) string {
	switch {
	case i%9 == 4:
		return ""
	case a.id == SampleAccount:
		return fmt.Sprintf("2026%04d", 1001+13*i)
	}
	return fmt.Sprintf("student%03d@lakeside.example", i+1)
}

// enrollment is a role of a user in a course; section may be 0.
type enrollment struct {
	user    *user
	role    string
	section int64
}

// courseEnrollments lists the enrollments of a course: staff, then students.
func courseEnrollments(a *account, c *course) []enrollment {
	list := staffEnrollments(a, c)
	for i, u := range c.students {
		n := len(c.sections)
		index := slices.Index(a.users, u)
		switch {
		case index%37 == 20:
			list = append(list, enrollment{u, "student", 0})
			continue
		case index%29 == 5: // in two sections
			list = append(list, enrollment{u, "student", c.sections[(i+1)%n].canvasID})
		}
		list = append(list, enrollment{u, "student", c.sections[i%n].canvasID})
	}
	return list
}

// staffRole is a role of a staff member: the index of the user in the account,
// and the index of the section in the course, or -1 for the whole course.
type staffRole struct {
	user    int
	role    string
	section int
}

// staffRoles lists the staff of a course. Some teach several courses, one is
// both assistant and designer, and some students assist in another course.
func staffRoles(c *course) []staffRole {
	switch c.code {
	case "2IP90":
		return []staffRole{
			{138, "teacher", -1},
			{139, "teacher", 0},
			{140, "designer", -1},
			{141, "ta", 0},
			{142, "ta", 1},
			{143, "ta", 2},
			{144, "ta", 3},
			{144, "ta", 2},
			{149, "ta", -1},
			{121, "ta", 1},
		}
	case "2IC30":
		return []staffRole{{139, "teacher", -1}, {145, "teacher", 1}, {140, "designer", -1}, {146, "ta", 0}, {149, "ta", 1}, {3, "ta", 1}}
	case "2IT60":
		return []staffRole{{147, "teacher", -1}, {148, "ta", 0}, {148, "designer", -1}, {149, "ta", 2}}
	case "CS101":
		return []staffRole{{43, "teacher", -1}, {44, "teacher", 0}, {45, "designer", -1}, {46, "ta", 0}, {47, "ta", 1}, {42, "ta", 1}}
	}
	return []staffRole{{44, "teacher", -1}, {49, "teacher", 1}, {48, "ta", 0}}
}

func staffEnrollments(a *account, c *course) []enrollment {
	var list []enrollment
	for _, sr := range staffRoles(c) {
		e := enrollment{user: a.users[sr.user], role: sr.role}
		if sr.section >= 0 {
			e.section = c.sections[sr.section].canvasID
		}
		list = append(list, e)
	}
	return list
}
