package demo

import "time"

// snapshot is the moment at which the data was taken: nothing in it is newer,
// and what is queued or being processed is so at this moment.
var snapshot = time.Date(2026, time.November, 4, 14, 30, 0, 0, time.UTC)

// account is an institution and everything of it.
type account struct {
	id      int64
	guid    string
	url     string
	name    string
	people  []*user
	courses []*course
}

// course is a course with the people in it.
type course struct {
	canvasID    int64
	code, name  string
	active      bool
	valid       bool
	readonly    bool
	keep        retention
	sections    []section
	students    []*user
	assignments []*assignment
}

type section struct {
	canvasID int64
	name     string
}

// retention says which bundles of a course have not been purged.
type retention int

const (
	keepsAll     retention = iota
	keepsBasic             // the full bundles and the products are gone
	keepsNothing           // what is known is what was stored beside the bundles
)

// assignment is an assignment and how its results come about.
type assignment struct {
	canvasID   int64
	name, slug string
	due        time.Time
	lang       *language
	steps      []step
	difficulty float64 // 0 is usual; abilities have a mean of 0 and a deviation of 1
	weight     int     // its share of all results
	traits     trait
}

// trait is a set of what sets an assignment apart.
type trait uint

const (
	inactive    trait = 1 << iota // Canvas takes no more submissions
	unpublished                   // students do not see their results
	paused                        // new submissions wait
	bare                          // neither recipe nor config
	noConfig                      // a recipe alone
	zipConfig                     // the config has attachments
	inGroups                      // handed in by homework groups
	busy                          // some submissions are being processed right now
	exam                          // the outcome is for reviewers
)

func (a *assignment) is(t trait) bool { return a.traits&t != 0 }

// day is 21:59 UTC of a day in 2026, when things are due.
func day(m time.Month, d int) time.Time { return time.Date(2026, m, d, 21, 59, 0, 0, time.UTC) }

// school returns the institutions. Each has 9001 for its first user id: ids of
// Canvas are unique within an institution and not beyond.
func school() []*account {
	one := &account{
		id: SampleAccount, guid: "4f9d20b6c1e84a57a3d8be6f0c7215d9.canvas.demo.example",
		url: "https://canvas.demo.example", name: "Eindhoven University (demo)",
		courses: []*course{programming(), systems(), logic()},
	}
	two := &account{
		id: SampleAccount + 1, guid: "b07ce1547d2f4cc9905a61f8e2ad3b34.canvas.lakeside.example",
		url: "https://canvas.lakeside.example", name: "Lakeside College (demo)",
		courses: []*course{introduction(), functional()},
	}
	enrol(one, two)
	return []*account{one, two}
}

// enrol fills the accounts with people and the courses with students; posts
// lists who teaches them.
func enrol(one, two *account) {
	one.people, two.people = people(one, 150), people(two, Users-150)
	s, t := one.people, two.people
	one.courses[0].students = s[:120]
	one.courses[1].students = s[80:138]
	one.courses[2].students = append(append([]*user{}, s[:30]...), s[125:138]...)
	two.courses[0].students = t[:40]
	two.courses[1].students = t[25:43]
}
