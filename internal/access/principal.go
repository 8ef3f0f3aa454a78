// Package access authenticates callers, which are API keys or users who came through an LTI
// launch, and says what they may see and do.
package access

import (
	"log/slog"
	"slices"
	"time"
)

// Kind is the kind of a principal.
type Kind uint8

// The kinds of principal.
const (
	Anonymous Kind = iota // without credentials
	APIKey                // a program with an API key
	User                  // a person who came through an LTI launch
)

// String returns the kind as a word for logs.
func (k Kind) String() string {
	switch k {
	case APIKey:
		return "api key"
	case User:
		return "user"
	default:
		return "anonymous"
	}
}

// A Principal is the caller of a request. The zero Principal, like a nil one, is anonymous,
// and may see and do nothing. All code that serves a request shares its principal and must
// not change it.
type Principal struct {
	Kind Kind
	Name string // name of the key or the user, for display

	KeyID  int64  // of an APIKey: the id of its record
	Prefix string // of an APIKey: its public part

	UserID int64  // of a User: the id of the user
	Note   string // of a User: how the user is not the one who signed in, or ""

	ReadOnly bool       // whether all changes are denied, whatever the grants allow
	Grants   []Grant    // the roles per course; a course may occur more than once
	Expires  *time.Time // when access ends; nil if never

	// MinGroup, if positive, restricts p to figures, each over at least so many students: p sees no person,
	// no result and nothing else of one person.
	MinGroup int
	// Pseudonymous is set if pseudonyms of the key KeyID replace people: p sees neither their ids and names
	// nor texts about them.
	Pseudonymous bool
}

// A Grant is the roles of a principal in one course.
type Grant struct {
	CourseID int64
	Roles    Roles
}

// HasRole reports whether p has at least one of the roles in the course.
func (p *Principal) HasRole(course int64, anyOf Roles) bool {
	return p != nil && slices.ContainsFunc(p.Grants, func(g Grant) bool {
		return g.CourseID == course && g.Roles&anyOf != 0
	})
}

// Courses returns the ids of the courses in which p has at least one of the roles, in
// ascending order without duplicates. It is never nil.
func (p *Principal) Courses(anyOf Roles) []int64 {
	ids := []int64{}
	if p == nil {
		return ids
	}
	for _, g := range p.Grants {
		if g.Roles&anyOf != 0 {
			ids = append(ids, g.CourseID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// CanPublish reports whether p may publish results and upload scores to Canvas.
func (p *Principal) CanPublish(course int64) bool {
	return p.HasRole(course, Teacher) && !p.ReadOnly
}

// LogValue returns only ids: the names of users do not belong in logs.
func (p *Principal) LogValue() slog.Value {
	switch {
	case p == nil:
		return slog.StringValue(Anonymous.String())
	case p.Kind == APIKey:
		return slog.GroupValue(slog.Int64("key", p.KeyID), slog.String("prefix", p.Prefix))
	case p.Kind == User:
		return slog.GroupValue(slog.Int64("user", p.UserID))
	default:
		return slog.StringValue(p.Kind.String())
	}
}
