package importer

import (
	"context"
	"fmt"
	"sync"

	"github.com/momotor/resultgraph/db"
)

// A directory finds the ids of what lines refer to. It reads a whole level at once when it
// is first asked about it, which is after everything of that level was written.
type directory struct {
	accounts                              level[struct{}, string]
	courses, sections, users, assignments level[int64, int64]
}

func newDirectory(s *db.Store) *directory {
	return &directory{
		accounts: level[struct{}, string]{load: func(ctx context.Context, _ struct{}) (map[string]int64, error) {
			return s.AccountIDs(ctx)
		}},
		courses:     level[int64, int64]{load: s.CourseIDs},
		sections:    level[int64, int64]{load: s.SectionIDs},
		users:       level[int64, int64]{load: s.UserIDs},
		assignments: level[int64, int64]{load: s.AssignmentIDs},
	}
}

// A level is the ids of the children of some parents.
type level[P, K comparable] struct {
	load func(ctx context.Context, parent P) (map[K]int64, error)
	mu   sync.Mutex
	ids  map[P]map[K]int64
}

// id returns the id of a child, 0 when the store does not know it.
func (l *level[P, K]) id(ctx context.Context, parent P, name K) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ids, ok := l.ids[parent]; ok {
		return ids[name], nil
	}
	ids, err := l.load(ctx, parent)
	if err != nil {
		return 0, &stop{err}
	}
	if l.ids == nil {
		l.ids = map[P]map[K]int64{}
	}
	l.ids[parent] = ids
	return ids[name], nil
}

func unknown(format string, args ...any) error {
	return fmt.Errorf(format+" is not known: it must be in the manifest or in the store", args...)
}

func (d *directory) account(ctx context.Context, guid string) (int64, error) {
	id, err := d.accounts.id(ctx, struct{}{}, guid)
	if err == nil && id == 0 {
		err = unknown("account %s", guid)
	}
	return id, err
}

// A courseRef is how a line names a course.
type courseRef struct {
	account string
	course  int64
}

func (c courseRef) String() string {
	return fmt.Sprintf("course %d of account %s", c.course, c.account)
}

// course returns the ids of a course and of its account.
func (d *directory) course(ctx context.Context, c courseRef) (course, account int64, err error) {
	if account, err = d.account(ctx, c.account); err != nil {
		return 0, 0, err
	}
	course, err = d.courses.id(ctx, account, c.course)
	if err == nil && course == 0 {
		err = unknown("%s", c)
	}
	return course, account, err
}

func (d *directory) user(ctx context.Context, account, user int64, c courseRef) (int64, error) {
	id, err := d.users.id(ctx, account, user)
	if err == nil && id == 0 {
		err = unknown("user %d of account %s", user, c.account)
	}
	return id, err
}

func (d *directory) section(ctx context.Context, course, section int64, c courseRef) (int64, error) {
	id, err := d.sections.id(ctx, course, section)
	if err == nil && id == 0 {
		err = unknown("section %d of %s", section, c)
	}
	return id, err
}

func (d *directory) assignment(ctx context.Context, course, assignment int64, c courseRef) (int64, error) {
	id, err := d.assignments.id(ctx, course, assignment)
	if err == nil && id == 0 {
		err = unknown("assignment %d of %s", assignment, c)
	}
	return id, err
}
