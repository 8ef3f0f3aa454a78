package graph

import (
	"context"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/graph/exec"
)

func userKey(u *db.User) db.Key { return db.Key{u.CourseID, u.MomotorID} }

func userOrder(o *exec.UserOrder) db.Order {
	if o == nil {
		return db.Order{Column: "sortable_name"}
	}
	return db.Order{Column: userOrderColumns[o.Field], Desc: o.Direction == exec.OrderDirectionDesc}
}

var userOrderColumns = map[exec.UserOrderField]string{
	exec.UserOrderFieldSortableName: "sortable_name",
	exec.UserOrderFieldCanvasID:     "canvas_id",
}

func (r userResolver) Course(ctx context.Context, users []*db.User) ([]*db.Course, error) {
	key := func(u *db.User) db.Key { return db.Key{u.CourseID} }
	return ones(ctx, r.Resolver, users, follow[db.User, db.Course]{edge: &db.CourseByID, key: key})
}

func (r userResolver) Results(ctx context.Context, users []*db.User, first *int, after *string, last *int, before *string, filter *db.ResultFilter, orderBy *exec.ResultOrder) ([]*db.ResultConnection, error) {
	f := follow[db.User, db.Result]{&db.UserResults, userKey, resultParams(ctx, filter, orderBy)}
	return connections(ctx, r.Resolver, users, f, window{first, last, after, before})
}
