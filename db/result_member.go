package db

import (
	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db/query"
)

// A Member is a member of the group of a result.
type Member struct {
	bun.BaseModel `bun:"table:result_member,alias:mem"`
	query.RowMeta

	CourseID int64 `bun:"course_id,pk"`
	ResultID int64 `bun:"result_id,pk"`
	UserID   int64 `bun:"user_id,pk"`
}

func (*Member) PrimaryKey() []string                              { return []string{"course_id", "result_id", "user_id"} }
func (*Member) OrderColumns() []string                            { return []string{"user_id"} }
func (*Member) ColumnExpr(string, query.Scope, bool) query.Clause { return query.Clause{} }

// ResultMembers is the edge from a result to the rows of its group members, for the program itself.
// Callers see none of these rows; they read ResultGroupUsers.
var ResultMembers = query.Edge[Member]{
	Path: "result.members", KeyWidth: 2, On: "mem.course_id = parent.k0 AND mem.result_id = parent.k1",
	Visible: visibleMember,
}

func visibleMember(sc query.Scope) query.Clause {
	if sc.IsSystem() {
		return query.Always
	}
	return query.Never
}
