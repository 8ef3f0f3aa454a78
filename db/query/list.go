package query

import (
	"fmt"
	"slices"

	"github.com/uptrace/bun"
)

// A MemberList has values for each person in a course, such as the Canvas ids of the person's sections.
//
// Many rows can have a column with the list of a person. A statement that reads many rows does not
// compute it for each of them: it reads the id of the person in place of the list, and another
// statement reads the values of all people of the course.
type MemberList struct {
	// Name identifies the list in the shapes of plans.
	Name string
	// From is the SQL of the tables of the values. Course, Member and Value are their columns: the
	// id of the course, the id of the person, and the value.
	From, Course, Member, Value string
}

// A ListColumn is a column that holds a list in ascending order, without duplicates. Every edge to
// its table starts from a course, which is parent.k0.
type ListColumn struct {
	*MemberList
	// MemberColumn is the column of the row with the id of the person.
	MemberColumn string
	// name is the name of the column, and join the index of its join in the plan.
	name string
	join int
}

// A ListRecord is a Record with columns that hold lists. Its ColumnExpr returns MemberList.Expr for them.
type ListRecord interface {
	// ListColumn returns the list of a column, and false for other columns.
	ListColumn(column string) (ListColumn, bool)
}

// maxListSubqueries is the maximum number of rows for which a statement computes the lists itself.
// Computing a hundred lists takes as long as reading the values of a course with some hundreds of
// people.
const maxListSubqueries = 100

// Expr returns the SQL that computes the list of a person as a JSON array. The parameter member is
// the SQL of the id of the person.
func (l *MemberList) Expr(member string, pg bool) Clause {
	return JSONArray(pg, l.Value, fmt.Sprintf("%s WHERE %s = parent.k0 AND %s = %s", l.From, l.Course, l.Member, member))
}

// JSONArray returns the SQL of a JSON array of the distinct values of an expression, in ascending
// order. The parameter from is the rest of the SELECT after FROM.
func JSONArray(pg bool, expr, from string) Clause {
	values := "SELECT DISTINCT " + expr + " AS value FROM " + from + " ORDER BY 1"
	if pg {
		return SQL("to_json(ARRAY(" + values + "))")
	}
	return SQL("(SELECT json_group_array(vals.value) FROM (" + values + ") AS vals)")
}

// selectValues returns the statement that reads the values of all people of courses or, if the keys
// have two elements, of single people of courses.
func (l *MemberList) selectValues(db *DB, keys []Key, width int) *bun.SelectQuery {
	q := l.addValues(db.NewSelect().TableExpr("?", parentTable(keys, width, IsPostgres(db))), "parent.k0")
	if width > 1 {
		q.Where(l.Member + " = parent.k1")
	}
	return q
}

// addValues adds the values in a course to a statement. The columns are the course, the person and
// the value.
func (l *MemberList) addValues(q *bun.SelectQuery, course string) *bun.SelectQuery {
	return q.ColumnExpr(l.Course + " AS course").ColumnExpr(l.Member + " AS member").ColumnExpr(l.Value + " AS value").
		Join("CROSS JOIN " + l.From).Where(l.Course + " = " + course)
}

// list returns the list of a column, and false for other columns.
func (e *Edge[T]) list(column string) (ListColumn, bool) {
	record, ok := zeroRecord[T]().(ListRecord)
	if !ok {
		return ListColumn{}, false
	}
	list, ok := record.ListColumn(column)
	list.name = column
	return list, ok
}

// A listPlan is the list whose values a Plan reads.
type listPlan struct {
	*MemberList
	// course is the SQL of the course at the end of the joins of the plan. If it is "", the plan has
	// no joins, and its keys are courses.
	course string
}

// listPlan returns the plan that reads the values of a list for the rows of p.
func (p *Plan) listPlan(list *MemberList) *Plan {
	out := &Plan{list: &listPlan{MemberList: list}}
	if n := p.courseJoins(); n > 0 {
		course := p.Joins[n].Key[0]
		out.Joins = slices.Clone(p.Joins[:n])
		last := &out.Joins[n-1].Params
		last.Columns = withColumns(last.Columns, []string{course})
		out.list.course = fmt.Sprintf("join%d.%s", n-1, course)
	}
	return out
}

// courseJoins returns the number of joins that lead to the course of all rows: 0 if the keys of the
// parents have their courses.
func (p *Plan) courseJoins() int {
	if p.Joins[0].Edge.keyWidth() > 0 {
		return 0
	}
	return slices.IndexFunc(p.Joins, func(j Join) bool { return j.Many })
}

// withoutLists returns a plan that reads the ids of people in place of the lists, and the columns of
// these lists. It changes no plan that reads few rows, or rows of several courses without their ids.
func (p *Plan) withoutLists(keys []Key) (*Plan, []ListColumn) {
	if p.analysis != nil || p.Count || lists(p.Joins) > 1 || p.Joins[0].Edge.keyWidth() == 0 && p.courseJoins() < 1 {
		return p, nil
	}
	var columns []ListColumn
	rows := len(keys)
	out := &Plan{Joins: slices.Clone(p.Joins)}
	for i, j := range p.Joins {
		if rows = j.maxRows(rows); rows <= maxListSubqueries {
			continue
		}
		for _, name := range j.Params.Columns {
			if list, ok := j.Edge.list(name); ok {
				list.join, out.Joins[i].Params.members = i, true
				columns = append(columns, list)
			}
		}
	}
	if columns == nil {
		return p, nil
	}
	return out, columns
}

// maxRows returns the maximum number of rows that a join reads for a number of parents.
func (j Join) maxRows(parents int) int {
	const unlimited = 1 << 31
	switch {
	case !j.Many:
		return parents
	case j.Params.Page == nil:
		return unlimited
	}
	return parents * j.Params.Page.Limit()
}
