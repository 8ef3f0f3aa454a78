package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/fault"
)

type allowedRolesKey struct{}

var errReadOnly = fault.New(fault.Forbidden, "This API key is read-only; use a key that can change data.")

// may implements the directive @may. It rejects anonymous and read-only callers. The course depends
// on the field's arguments, so the field's resolver checks the roles with requireRole.
func may(ctx context.Context, _ any, next graphql.Resolver, roles []db.Role) (any, error) {
	p := access.FromContext(ctx)
	switch {
	case p.Kind == access.Anonymous:
		return nil, fault.Unauthenticated
	case p.ReadOnly:
		return nil, errReadOnly
	}
	var allowed access.Roles
	for _, role := range roles {
		allowed |= db.AccessRoles[role]
	}
	return next(context.WithValue(ctx, allowedRolesKey{}, allowed))
}

// requireRole returns fault.Forbidden unless the caller has a role in the course that the current
// field's @may lists. A field without @may allows no role.
func requireRole(ctx context.Context, course int64) error {
	allowed, _ := ctx.Value(allowedRolesKey{}).(access.Roles)
	if !access.FromContext(ctx).HasRole(course, allowed) {
		return fault.Forbidden
	}
	return nil
}
