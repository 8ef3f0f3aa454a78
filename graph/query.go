package graph

import (
	"context"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/fault"
)

func (r queryResolver) Accounts(ctx context.Context, first *int, after *string, last *int, before *string) (*db.AccountConnection, error) {
	return rootConnection(ctx, r.Resolver, &db.Accounts, db.Params{}, window{first, last, after, before})
}

func (r queryResolver) Account(ctx context.Context, momotorID *int64, canvasGUID *string) (*db.Account, error) {
	if (momotorID == nil) == (canvasGUID == nil) {
		return nil, fault.New(fault.BadInput, "give exactly one of momotorId and canvasGuid")
	}
	return rootOne(ctx, r.Resolver, &db.Accounts, db.Key{}, db.AccountIs(momotorID, canvasGUID))
}

func (r viewerResolver) Courses(ctx context.Context, viewers []*db.Viewer, first *int, after *string, last *int, before *string, filter *db.CourseFilter) ([]*db.CourseConnection, error) {
	c, err := rootConnection(ctx, r.Resolver, &db.Courses, db.Params{Filter: filter.Clauses()}, window{first, last, after, before})
	if err != nil {
		return nil, err
	}
	out := make([]*db.CourseConnection, len(viewers))
	for i := range out {
		out[i] = c
	}
	return out, nil
}
