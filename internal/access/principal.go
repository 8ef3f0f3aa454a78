// Package access knows who makes a request, an API key or a launched user, and
// what they may see and do.
package access

import (
	"log/slog"
	"slices"
	"time"
)

// Kind is what a principal is.
type Kind uint8

// The kinds of principal.
const (
	Nobody Kind = iota // nothing was proved
	APIKey             // a program with a key
	User               // a person who came through an LTI launch
)

// String returns the kind as a word for logs.
func (k Kind) String() string {
	switch k {
	case APIKey:
		return "api key"
	case User:
		return "user"
	default:
		return "nobody"
	}
}

// Principal is who makes a request. The zero Principal, like a nil one, is
// nobody, who sees nothing and may do nothing. A principal is shared by all
// that serves its request and must not be changed.
type Principal struct {
	Kind Kind
	Name string // for people: the key's or the user's name

	KeyID  int64  // of an APIKey: its record
	Prefix string // of an APIKey: its public part

	UserID int64 // of a User: whose results are their own

	ReadOnly bool       // may change nothing, whatever the grants say
	Grants   []Grant    // the rights, course by course; a course may come twice
	Expires  *time.Time // the end of the rights; nil when there is none
}

// Grant is what a principal is in one course.
type Grant struct {
	CourseID int64
	Roles    Roles
}

// Has reports whether p has at least one of the roles in the course.
func (p *Principal) Has(course int64, anyOf Roles) bool {
	return p != nil && slices.ContainsFunc(p.Grants, func(g Grant) bool {
		return g.CourseID == course && g.Roles&anyOf != 0
	})
}

// Courses returns the courses in which p has at least one of the roles, in
// ascending order, each once; never nil.
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

// Reviews reports whether p sees every result of the course, published or not,
// with secret steps and reviewer scores.
func (p *Principal) Reviews(course int64) bool { return p.Has(course, Reviewer) }

// Configures reports whether p may change the configuration of the course's
// assignments.
func (p *Principal) Configures(course int64) bool { return p.mayWrite() && p.Has(course, Configurer) }

// Teaches reports whether p may publish results and send scores to Canvas.
func (p *Principal) Teaches(course int64) bool { return p.mayWrite() && p.Has(course, Teacher) }

// mayWrite reports whether p may change anything at all.
func (p *Principal) mayWrite() bool { return p != nil && !p.ReadOnly }

// Expired reports whether the rights of p have ended at the given moment. A
// connection that outlives a request asks it again.
func (p *Principal) Expired(now time.Time) bool {
	return p != nil && p.Expires != nil && p.Expires.Before(now)
}

// LogValue shows who it is by ids alone: the name of a user is not for logs.
func (p *Principal) LogValue() slog.Value {
	switch {
	case p == nil:
		return slog.StringValue(Nobody.String())
	case p.Kind == APIKey:
		return slog.GroupValue(slog.Int64("key", p.KeyID), slog.String("prefix", p.Prefix))
	case p.Kind == User:
		return slog.GroupValue(slog.Int64("user", p.UserID))
	default:
		return slog.StringValue(p.Kind.String())
	}
}
