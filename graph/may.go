package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/fault"
)

type rolesKey struct{}

// may is the directive @may. It refuses who may change nothing at all, and leaves the
// roles to mayIn, since a field names its course in its arguments.
func may(ctx context.Context, _ any, next graphql.Resolver, be []db.Role) (any, error) {
	p := access.FromContext(ctx)
	switch {
	case p.Kind == access.Anonymous:
		return nil, fault.Unauthenticated
	case p.ReadOnly:
		return nil, fault.New(fault.Forbidden, "This API key can only read.")
	}
	var roles access.Roles
	for _, role := range be {
		roles |= rolesOf[role]
	}
	return next(context.WithValue(ctx, rolesKey{}, roles))
}

var rolesOf = map[db.Role]access.Roles{
	db.RoleTeacher: access.Teacher, db.RoleTA: access.TA, db.RoleDesigner: access.Designer, db.RoleStudent: access.Student,
}

// mayIn fails with fault.Forbidden when the caller has none of the roles that @may of the
// current field names in a course. Without @may nobody has one.
func mayIn(ctx context.Context, course int64) error {
	roles, _ := ctx.Value(rolesKey{}).(access.Roles)
	if !access.FromContext(ctx).HasRole(course, roles) {
		return fault.Forbidden
	}
	return nil
}
