package graph

import (
	"context"
	"reflect"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/fastpath"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/fault"
)

var (
	queryAccounts = relation[query.Root, db.Account, pageArgs]{edge: &db.Accounts}
	queryAccount  = relation[query.Root, db.Account, accountArguments]{edge: &db.Accounts}
	viewerCourses = relation[query.Root, db.Course, coursesArguments]{edge: &db.Courses}
)

// root is the only parent of relations that do not start from a row of the store.
var root = []*query.Root{{}}

func (r queryResolver) Accounts(ctx context.Context, first *int, after *string, last *int, before *string) (*db.AccountConnection, error) {
	c, err := loadPages(ctx, r.Resolver, root, queryAccounts, pageArgs{first, last, after, before})
	if err != nil {
		return nil, err
	}
	return c[0], nil
}

func (r queryResolver) Account(ctx context.Context, momotorID *int64, canvasGUID *string) (*db.Account, error) {
	a, err := loadOne(ctx, r.Resolver, root, queryAccount, accountArguments{momotorID, canvasGUID})
	if err != nil {
		return nil, err
	}
	return a[0], nil
}

// viewerObject is the field of the caller. The caller is not a row of the store.
var viewerObject = objectField[db.Viewer]{func(ctx context.Context) (*db.Viewer, error) {
	p := access.FromContext(ctx)
	v := &db.Viewer{Name: p.Name, ReadOnly: p.ReadOnly, ExpiresAt: p.Expires, Pseudonymous: p.Pseudonymous}
	switch p.Kind {
	case access.APIKey:
		v.Kind, v.KeyPrefix = db.ViewerAPIKey, &p.Prefix
	case access.User:
		v.Kind = db.ViewerUser
		if p.Note != "" {
			v.Note = &p.Note
		}
	default:
		return nil, fault.Unauthenticated
	}
	if p.MinGroup > 0 {
		v.MinGroup = &p.MinGroup
	}
	return v, nil
}}

// An objectField is a field with an object of type T that is not a row of the store.
type objectField[T any] struct {
	load func(context.Context) (*T, error)
}

func (objectField[T]) keyColumns() []string { return nil }

func (f objectField[T]) forFastPath(*Resolver, *ast.Schema, *ast.FieldDefinition) fastpath.Relation {
	load := func(ctx context.Context) (any, error) { return f.load(ctx) }
	return fastpath.Relation{Object: &fastpath.Object{Type: reflect.TypeFor[T](), Load: load}}
}

func (r queryResolver) Viewer(ctx context.Context) (*db.Viewer, error) { return viewerObject.load(ctx) }

func (r viewerResolver) Courses(ctx context.Context, viewers []*db.Viewer, first *int, after *string, last *int, before *string, filter *db.CourseFilter) ([]*db.CourseConnection, error) {
	c, err := loadPages(ctx, r.Resolver, root, viewerCourses, coursesArguments{pageArgs{first, last, after, before}, filter})
	if err != nil {
		return nil, err
	}
	out := make([]*db.CourseConnection, len(viewers))
	for i := range out {
		out[i] = c[0]
	}
	return out, nil
}
