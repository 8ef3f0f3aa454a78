package graph

import (
	"context"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/fault"
)

var (
	queryAccounts = relation[query.Root, db.Account, window]{edge: &db.Accounts}
	queryAccount  = relation[query.Root, db.Account, accountArguments]{edge: &db.Accounts}
	viewerCourses = relation[query.Root, db.Course, coursesArguments]{edge: &db.Courses}
)

// root is what fields start from that start from nothing.
var root = []*query.Root{{}}

func (r queryResolver) Accounts(ctx context.Context, first *int, after *string, last *int, before *string) (*db.AccountConnection, error) {
	c, err := pages(ctx, r.Resolver, root, queryAccounts, window{first, last, after, before})
	if err != nil {
		return nil, err
	}
	return c[0], nil
}

func (r queryResolver) Account(ctx context.Context, momotorID *int64, canvasGUID *string) (*db.Account, error) {
	a, err := ones(ctx, r.Resolver, root, queryAccount, accountArguments{momotorID, canvasGUID})
	if err != nil {
		return nil, err
	}
	return a[0], nil
}

func (r queryResolver) Viewer(ctx context.Context) (*db.Viewer, error) {
	p := access.FromContext(ctx)
	if p.Kind != access.APIKey {
		return nil, fault.Unauthenticated
	}
	return &db.Viewer{Name: p.Name, Kind: db.ViewerAPIKey, KeyPrefix: &p.Prefix, ReadOnly: p.ReadOnly, ExpiresAt: p.Expires}, nil
}

func (r viewerResolver) Courses(ctx context.Context, viewers []*db.Viewer, first *int, after *string, last *int, before *string, filter *db.CourseFilter) ([]*db.CourseConnection, error) {
	c, err := pages(ctx, r.Resolver, root, viewerCourses, coursesArguments{window{first, last, after, before}, filter})
	if err != nil {
		return nil, err
	}
	out := make([]*db.CourseConnection, len(viewers))
	for i := range out {
		out[i] = c[0]
	}
	return out, nil
}
