package query_test

import (
	"testing"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"github.com/uptrace/bun/schema"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/access"
)

// Plans of the same shape share a prepared statement, so they must have the same SQL with the same
// sources of its parameters. Otherwise a caller could run a statement with the rights of another
// role, or get rows in another order, or other columns.
func TestPlansOfSameShapeHaveSameStatement(t *testing.T) {
	t.Parallel()
	for name, dialect := range map[string]schema.Dialect{"PostgreSQL": pgdialect.New(), "SQLite": sqlitedialect.New()} {
		t.Run(name, func(t *testing.T) {
			checkShapes(t, query.New(bun.NewDB(nil, dialect), 1, 0)) // without a connection
		})
	}
}

func checkShapes(t *testing.T, database *query.DB) {
	scopes, plans := shapeScopes(), shapePlans(database)
	statements, distinct := map[string]string{}, map[string]bool{}
	for _, plan := range plans {
		for _, sc := range scopes {
			statement, err := plan.Statement(database, sc)
			if err != nil {
				t.Fatal(err)
			}
			shape := plan.Shape(database, sc)
			if known, ok := statements[shape]; ok && known != statement {
				t.Fatalf("two plans have the shape %q and the statements\n%s\n%s", shape, known, statement)
			}
			statements[shape], distinct[statement] = statement, true
		}
	}
	if len(distinct) < 1000 {
		t.Errorf("%d plans in %d scopes have %d statements, want at least 1000", len(plans), len(scopes), len(distinct))
	}
}

// shapeScopes returns the scope of the program, and those of callers with every set of roles.
func shapeScopes() []query.Scope {
	scopes := []query.Scope{query.SystemScope()}
	for _, user := range []int64{0, 7} {
		for roles := range 8 {
			p := &access.Principal{UserID: user}
			for i, role := range []access.Roles{access.Teacher, access.Designer, access.Student} {
				if roles>>i&1 == 1 {
					p.Grants = append(p.Grants, access.Grant{CourseID: int64(i), Roles: role})
				}
			}
			scopes = append(scopes, query.ScopeOf(p))
		}
	}
	return scopes
}

// shapePlans returns plans of one edge and of two, which differ in every part of a plan.
func shapePlans(database *query.DB) (plans []*query.Plan) {
	orders := []query.Order{
		{}, {Desc: true}, {Column: "score"}, {Column: "score", Desc: true}, {Column: "submitted_at"},
		{Column: "score", Then: &query.Order{Column: "submitted_at"}}, {Column: "score", Then: &query.Order{Column: "submitted_at", Desc: true}},
	}
	filters := [][]query.Clause{nil, {query.AnyOf("res.state", []db.ResultState{db.StateDone})}, {query.SQL("res.attempt = ?", 1)}, {query.SQL("res.attempt > ?", 1)}}
	columns := [][]string{{"id"}, {"id", "score"}, {"score", "id"}}
	for _, edge := range []query.AnyEdge{&db.Courses, &db.CourseAssignments, &db.EnrolledUsers, &db.AssignmentRecipe, &db.AssignmentUploads} {
		plans = append(plans, &query.Plan{Joins: []query.Join{{Edge: edge, Params: query.Params{Columns: columns[0]}}}})
	}
	for _, edge := range []query.AnyEdge{&db.AssignmentResults, &db.CourseResults} {
		for _, order := range orders {
			for _, page := range []*query.Page{nil, {First: new(1)}, {Last: new(1)}} {
				for _, filter := range filters {
					params := query.Params{Order: order, Page: page, Filter: filter, Columns: columns[0]}
					plans = append(plans,
						&query.Plan{Joins: []query.Join{{Edge: edge, Params: params}}},
						&query.Plan{Joins: []query.Join{{Edge: edge, Params: params}}, Count: true})
				}
			}
			for _, names := range columns {
				plans = append(plans, &query.Plan{Joins: []query.Join{{Edge: edge, Params: query.Params{Order: order, Columns: names}}}})
			}
			for _, keys := range [][]query.Key{{{1, 2}}, {{1, 2}, {1, 3}}, {{1, 2}, {2, 3}}} {
				plan := &query.Plan{Joins: []query.Join{{Edge: edge, Params: query.Params{Order: order, Page: &query.Page{First: new(1)}, Columns: columns[0]}}}}
				plan.ShareKeys(database, keys)
				plans = append(plans, plan)
			}
			if !database.SupportsLateral() {
				continue
			}
			for _, many := range []bool{false, true} {
				for _, key := range [][]string{{"course_id", "id"}, {"course_id", "user_id"}} {
					plans = append(plans, &query.Plan{Joins: []query.Join{
						{Edge: edge, Many: many, Params: query.Params{Order: order, Columns: []string{"course_id", "id", "user_id"}}},
						{Edge: &db.ResultSteps, Key: key, Params: query.Params{Columns: []string{"task_id"}}},
					}})
				}
			}
		}
	}
	return plans
}
