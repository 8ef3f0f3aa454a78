package importer

import (
	"context"
	"fmt"
	"sync"

	"github.com/momotor/resultgraph/db"
)

// An idCache finds the ids of objects by natural key. It loads all children of a parent at
// the first lookup, which happens after all of them were written.
type idCache struct {
	accounts                              childIDs[struct{}, string]
	courses, sections, users, assignments childIDs[int64, int64]
}

func newIDCache(s *db.Store) *idCache {
	return &idCache{
		accounts: childIDs[struct{}, string]{load: func(ctx context.Context, _ struct{}) (map[string]int64, error) {
			return s.AccountIDs(ctx)
		}},
		courses:     childIDs[int64, int64]{load: s.CourseIDs},
		sections:    childIDs[int64, int64]{load: s.SectionIDs},
		users:       childIDs[int64, int64]{load: s.UserIDs},
		assignments: childIDs[int64, int64]{load: s.AssignmentIDs},
	}
}

// childIDs holds the ids of children by parent and natural key.
type childIDs[P, K comparable] struct {
	load func(ctx context.Context, parent P) (map[K]int64, error)
	mu   sync.Mutex
	ids  map[P]map[K]int64
}

// lookup returns the id of a child, or 0 when the store does not have it.
func (l *childIDs[P, K]) lookup(ctx context.Context, parent P, name K) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ids, ok := l.ids[parent]; ok {
		return ids[name], nil
	}
	ids, err := l.load(ctx, parent)
	if err != nil {
		return 0, &fatalError{err}
	}
	if l.ids == nil {
		l.ids = map[P]map[K]int64{}
	}
	l.ids[parent] = ids
	return ids[name], nil
}

func unknownError(format string, args ...any) error {
	return fmt.Errorf(format+" is unknown; it must be in the manifest or in the store", args...)
}

func (d *idCache) account(ctx context.Context, guid string) (int64, error) {
	id, err := d.accounts.lookup(ctx, struct{}{}, guid)
	if err == nil && id == 0 {
		err = unknownError("account %s", guid)
	}
	return id, err
}

// course returns the ids of a course and of its account.
func (d *idCache) course(ctx context.Context, c courseRef) (course, account int64, err error) {
	if account, err = d.account(ctx, c.account); err != nil {
		return 0, 0, err
	}
	course, err = d.courses.lookup(ctx, account, c.course)
	if err == nil && course == 0 {
		err = unknownError("%s", c)
	}
	return course, account, err
}

func (d *idCache) user(ctx context.Context, account, user int64, c courseRef) (int64, error) {
	id, err := d.users.lookup(ctx, account, user)
	if err == nil && id == 0 {
		err = unknownError("user %d of account %s", user, c.account)
	}
	return id, err
}

func (d *idCache) section(ctx context.Context, course, section int64, c courseRef) (int64, error) {
	id, err := d.sections.lookup(ctx, course, section)
	if err == nil && id == 0 {
		err = unknownError("section %d of %s", section, c)
	}
	return id, err
}

func (d *idCache) assignment(ctx context.Context, course, assignment int64, c courseRef) (int64, error) {
	id, err := d.assignments.lookup(ctx, course, assignment)
	if err == nil && id == 0 {
		err = unknownError("assignment %d of %s", assignment, c)
	}
	return id, err
}
