package demo

import (
	"fmt"
	"slices"
)

// user is a person in an account.
type user struct {
	person
	canvasID int64
	login    string // "" for none
}

// people makes the users of an account: students first, staff last.
func people(a *account, n int) []*user {
	list := make([]*user, n)
	for i := range list {
		list[i] = &user{person: named(i), canvasID: canvasID(a, i), login: login(a, i)}
		if a.id != SampleAccount {
			list[i].person = named(150 + i)
		}
	}
	return list
}

// canvasID gives most users a short id, a few a long one, and one the id of a
// user of another Canvas shard, which no float64 can hold.
func canvasID(a *account, i int) int64 {
	switch {
	case a.id == SampleAccount && i == 7:
		return 10_000_000_000_000_123
	case i%25 == 10:
		return 70_000_000_000 + int64(i)
	}
	return SampleUser + int64(i)
}

func login(a *account, i int) string {
	switch {
	case i%9 == 4:
		return ""
	case a.id == SampleAccount:
		return fmt.Sprintf("2026%04d", 1001+13*i)
	}
	return fmt.Sprintf("student%03d@lakeside.example", i+1)
}

// enrollment is a role of a user in a course; section is 0 for none.
type enrollment struct {
	user    *user
	role    string
	section int64
}

// enrollments lists who is what in a course: its staff, then its students.
func enrollments(a *account, c *course) []enrollment {
	list := staff(a, c)
	for i, u := range c.students {
		n := len(c.sections)
		at := slices.Index(a.people, u)
		switch {
		case at%37 == 20:
			list = append(list, enrollment{u, "student", 0})
			continue
		case at%29 == 5: // in two sections
			list = append(list, enrollment{u, "student", c.sections[(i+1)%n].canvasID})
		}
		list = append(list, enrollment{u, "student", c.sections[i%n].canvasID})
	}
	return list
}

// post is a place on the staff: the user's place in the account, and of the
// section in the course, or -1 for the whole course.
type post struct {
	user    int
	role    string
	section int
}

// posts lists the staff of a course. Some teach several courses, one is both
// assistant and designer, and some students assist in another course.
func posts(c *course) []post {
	switch c.code {
	case "2IP90":
		return []post{
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
		return []post{{139, "teacher", -1}, {145, "teacher", 1}, {140, "designer", -1}, {146, "ta", 0}, {149, "ta", 1}, {3, "ta", 1}}
	case "2IT60":
		return []post{{147, "teacher", -1}, {148, "ta", 0}, {148, "designer", -1}, {149, "ta", 2}}
	case "CS101":
		return []post{{43, "teacher", -1}, {44, "teacher", 0}, {45, "designer", -1}, {46, "ta", 0}, {47, "ta", 1}, {42, "ta", 1}}
	}
	return []post{{44, "teacher", -1}, {49, "teacher", 1}, {48, "ta", 0}}
}

func staff(a *account, c *course) []enrollment {
	var list []enrollment
	for _, p := range posts(c) {
		e := enrollment{user: a.people[p.user], role: p.role}
		if p.section >= 0 {
			e.section = c.sections[p.section].canvasID
		}
		list = append(list, e)
	}
	return list
}
