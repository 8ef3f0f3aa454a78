package db

import "github.com/uptrace/bun"

// A Member makes a person one of the group whose work a result is.
type Member struct {
	bun.BaseModel `bun:"table:result_member,alias:m"`
	Kin

	CourseID int64 `bun:"course_id,pk"`
	ResultID int64 `bun:"result_id,pk"`
	UserID   int64 `bun:"user_id,pk"`
}

func (*Member) identity() []string              { return []string{"course_id", "result_id", "user_id"} }
func (*Member) order() []string                 { return []string{"user_id"} }
func (*Member) keys() []string                  { return nil }
func (*Member) expr(string, Scope, bool) Clause { return Clause{} }

// ResultMembers is the edge from a result to the members of its group, which only the
// program itself reads.
var ResultMembers = Edge[Member]{
	name: "result.members", width: 2, on: "m.course_id = k.k0 AND m.result_id = k.k1",
	see: seeMember,
}

func seeMember(sc Scope) Clause {
	if sc.IsSystem() {
		return always
	}
	return never
}
