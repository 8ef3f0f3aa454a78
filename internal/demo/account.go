package demo

import "time"

// snapshotTime is the time at which the data was exported: nothing is newer, and
// some results are queued or in progress at this time.
var snapshotTime = time.Date(2026, time.November, 4, 14, 30, 0, 0, time.UTC)

// account is an institution with its users and courses.
type account struct {
	id      int64
	guid    string
	url     string
	name    string
	users   []*user
	courses []*course
}

// course is a course with its sections, students and assignments.
type course struct {
	canvasID    int64
	code, name  string
	active      bool
	valid       bool
	readonly    bool
	retained    retainedBundles
	sections    []section
	students    []*user
	assignments []*assignment
}

type section struct {
	canvasID int64
	name     string
}

// retainedBundles says which bundles of a course were not purged.
type retainedBundles int

const (
	retainAll   retainedBundles = iota
	retainBasic                 // full bundles and products were purged
	retainNone                  // all bundles were purged
)

// assignment is an assignment and the parameters of its results.
type assignment struct {
	canvasID   int64
	name, slug string
	due        time.Time
	lang       *language
	steps      []step
	difficulty float64 // 0 is average; abilities have mean 0 and standard deviation 1
	weight     int     // its share of all results
	flags      assignmentFlags
}

// assignmentFlags is a set of properties of an assignment.
type assignmentFlags uint

const (
	inactive     assignmentFlags = 1 << iota // Canvas accepts no more submissions
	unpublished                              // students do not see their results
	paused                                   // new submissions wait
	unconfigured                             // neither recipe nor config
	noConfig                                 // a recipe, but no config
	zipConfig                                // the config has attachments
	inGroups                                 // submitted by homework groups
	inProgress                               // some submissions are queued or in progress
	exam                                     // the outcome is for reviewers
)

func (a *assignment) has(flag assignmentFlags) bool { return a.flags&flag != 0 }

// dueDate returns 21:59 UTC of a day in 2026.
func dueDate(m time.Month, d int) time.Time { return time.Date(2026, m, d, 21, 59, 0, 0, time.UTC) }

// newAccounts returns the institutions. The first user id of each is 9001,
// because Canvas ids are unique only within an institution.
func newAccounts() []*account {
	first := &account{
		id: SampleAccount, guid: "4f9d20b6c1e84a57a3d8be6f0c7215d9.canvas.demo.example",
		url: "https://canvas.demo.example", name: "Eindhoven University (demo)",
		courses: []*course{programming(), systems(), logic()},
	}
	second := &account{
		id: SampleAccount + 1, guid: "b07ce1547d2f4cc9905a61f8e2ad3b34.canvas.lakeside.example",
		url: "https://canvas.lakeside.example", name: "Lakeside College (demo)",
		courses: []*course{introduction(), functional()},
	}
	addPeople(first, second)
	return []*account{first, second}
}

// addPeople adds users to the accounts and students to the courses.
func addPeople(first, second *account) {
	first.users, second.users = newUsers(first, 150), newUsers(second, Users-150)
	s, t := first.users, second.users
	first.courses[0].students = s[:120]
	first.courses[1].students = s[80:138]
	first.courses[2].students = append(append([]*user{}, s[:30]...), s[125:138]...)
	second.courses[0].students = t[:40]
	second.courses[1].students = t[25:43]
}
