package graph

import (
	"context"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/exec"
)

var (
	userCourse  = relation[db.User, db.Course, noArguments]{edge: &db.CourseByID, key: key("course_id")}
	userResults = relation[db.User, db.Result, resultsArguments]{edge: &db.UserResults, key: key("course_id", "id")}
)

// userOrder returns the order of users. The default is the sortable name.
func userOrder(orderBy []*exec.UserOrder) query.Order {
	var terms []query.Order
	for _, o := range orderBy {
		terms = append(terms, query.Order{Column: userOrderColumns[o.Field], Desc: o.Direction == exec.OrderDirectionDesc})
	}
	if terms == nil {
		return query.Order{Column: "sortable_name"}
	}
	return joinOrders(terms)
}

var userOrderColumns = map[exec.UserOrderField]string{
	exec.UserOrderFieldSortableName: "sortable_name",
	exec.UserOrderFieldCanvasID:     "canvas_id",
	exec.UserOrderFieldSection:      "section_name",
}

func (r userResolver) Course(ctx context.Context, users []*db.User) ([]*db.Course, error) {
	return loadOne(ctx, r.Resolver, users, userCourse, noArguments{})
}

func (r userResolver) Results(ctx context.Context, users []*db.User, first *int, after *string, last *int, before *string, filter *db.ResultFilter, pick *db.ResultPick, asOf *time.Time, orderBy []*exec.ResultOrder) ([]*db.ResultConnection, error) {
	return loadPages(ctx, r.Resolver, users, userResults, resultsArguments{pageArgs{first, last, after, before}, db.ResultSelection{Filter: filter, Pick: pick, AsOf: asOf}, orderBy})
}
