package graph

import (
	"context"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/fault"
)

// scopeOf returns what the caller of a request may see.
func scopeOf(ctx context.Context) db.Scope { return db.ScopeOf(access.FromContext(ctx)) }

func (r queryResolver) Viewer(ctx context.Context) (*db.Viewer, error) {
	p := access.FromContext(ctx)
	if p.Kind != access.APIKey {
		return nil, fault.Unauthenticated
	}
	return &db.Viewer{Name: p.Name, Kind: db.ViewerAPIKey, KeyPrefix: &p.Prefix, ReadOnly: p.ReadOnly, ExpiresAt: p.Expires}, nil
}
