package db_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/loadtest"
)

// A hotPlan is a plan that must stay fast on a large store, with the keys of its parents.
type hotPlan struct {
	name string
	plan query.Plan
	keys []query.Key
	// scope is the caller's; hotPlans sets it.
	scope query.Scope
	// grows is set when the plan returns more rows for a course with more students, and sorts when it
	// sorts a few rows: those that a student sees, or the tasks of an assignment.
	grows, sorts bool
}

// hotPlans returns the plans for a course and an assignment, a student with the Canvas id canvasID and
// a result in it, for a reviewer, for this student, and for a caller with the pseudonymous key keyID, for
// whom the student has a pseudonym.
func hotPlans(course, assignment, user, canvasID, result, pseudonym int64) []hotPlan {
	reviewer := dbtest.Scope(0, access.Grant{CourseID: course, Roles: access.TA})
	learner := dbtest.Scope(user, access.Grant{CourseID: course, Roles: access.Student})
	plans := withScope(reviewer, reviewerPlans(reviewer, course, assignment, user, canvasID, result))
	plans = append(plans, withScope(learner, learnerPlans(learner, course, assignment, user, result))...)
	pseudonymous := query.ScopeOf(&access.Principal{KeyID: keyID, Pseudonymous: true, Grants: []access.Grant{{CourseID: course, Roles: access.TA}}})
	return append(plans, withScope(pseudonymous, pseudonymPlans(pseudonymous, course, assignment, pseudonym))...)
}

// keyID is the id of the pseudonymous key of hotPlans.
const keyID = 999

func pseudonymPlans(sc query.Scope, course, assignment, pseudonym int64) []hotPlan {
	latest := (&db.ResultFilter{Latest: new(true), UserCanvasID: &pseudonym}).Clauses(sc)
	people := []string{"canvas_id", "name"}
	return []hotPlan{
		{name: "the person with a pseudonym", plan: read(&db.EnrolledUsersAndSubmitters, query.Params{Filter: db.UserWithCanvasID(sc, pseudonym), Columns: people}), keys: []query.Key{{course}}},
		{name: "the person with the id of a pseudonym", plan: read(&db.UserByID, query.Params{Columns: people}), keys: []query.Key{{course, pseudonym}}},
		{name: "the results of the person with a pseudonym", plan: read(&db.CourseResults, query.Params{Filter: latest, Page: &query.Page{First: new(20)}}), keys: []query.Key{{course}}, sorts: true},
		{name: "the result of the person with a pseudonym", plan: read(&db.AssignmentResults, query.Params{Filter: db.ResultsOfStudent(sc, pseudonym, nil), Page: &query.Page{First: new(1)}}), keys: []query.Key{{course, assignment}}},
	}
}

func withScope(sc query.Scope, plans []hotPlan) []hotPlan {
	for i := range plans {
		plans[i].scope = sc
	}
	return plans
}

func learnerPlans(sc query.Scope, course, assignment, user, result int64) []hotPlan {
	page := &query.Page{First: new(20)}
	latest := (&db.ResultFilter{Latest: new(true)}).Clauses(sc)
	return []hotPlan{
		{name: "a student's own results at an assignment", plan: read(&db.AssignmentResults, query.Params{Filter: latest, Page: page}), keys: []query.Key{{course, assignment}}},
		{name: "a student's own results by score", plan: read(&db.CourseResults, query.Params{Order: query.Order{Column: "score"}, Page: page}), keys: []query.Key{{course}}, sorts: true},
		{name: "the steps of a student's own result", plan: read(&db.ResultSteps, query.Params{}), keys: []query.Key{{course, result}}},
		{name: "a student", plan: read(&db.ResultUser, query.Params{}), keys: []query.Key{{course, user}}},
		{name: "the people whom a student sees", plan: read(&db.EnrolledUsers, query.Params{Page: page}), keys: []query.Key{{course}}},
	}
}

func reviewerPlans(sc query.Scope, course, assignment, user, canvasID, result int64) []hotPlan {
	page := &query.Page{First: new(20)}
	latest := (&db.ResultFilter{Latest: new(true)}).Clauses(sc)
	changed := (&db.ResultFilter{ChangedSince: new(int64(1))}).Clauses(sc)
	courses, assignments, results := []query.Key{{course}}, []query.Key{{course, assignment}}, []query.Key{{course, result}}
	by := func(column string, desc bool) query.Params {
		return query.Params{Order: query.Order{Column: column, Desc: desc}, Page: page, Columns: []string{"label", "assignment_canvas_id"}}
	}
	plans := []hotPlan{
		{name: "a page of an assignment's latest results", plan: read(&db.AssignmentResults, query.Params{Filter: latest, Page: page}), keys: assignments},
		{name: "all latest results of an assignment", plan: read(&db.AssignmentResults, query.Params{Filter: latest}), keys: assignments, grows: true},
		{name: "all attempts of an assignment", plan: read(&db.AssignmentResults, query.Params{Page: page}), keys: assignments},
		{name: "the newest results of an assignment", plan: read(&db.AssignmentResults, by("submitted_at", true)), keys: assignments},
		{name: "changed results of an assignment", plan: read(&db.AssignmentResults, query.Params{Filter: changed, Order: query.Order{Column: "sequence_id"}, Page: page}), keys: assignments},
		{name: "one student's latest result", plan: read(&db.AssignmentResults, query.Params{Filter: db.ResultsOfStudent(sc, canvasID, nil), Page: &query.Page{First: new(1)}}), keys: assignments},
		{name: "a student's result by its attempt", plan: read(&db.AssignmentResults, query.Params{Filter: db.ResultsOfStudent(sc, canvasID, new(1)), Page: &query.Page{First: new(1)}}), keys: assignments},
		{name: "a page of a section's latest results", plan: read(&db.SectionResults, query.Params{Filter: latest, Page: page}), keys: []query.Key{{course, course*10 + 1}}},
		{name: "a student's results in a course", plan: read(&db.UserResults, query.Params{Filter: latest}), keys: []query.Key{{course, user}}},
		{name: "all attempts of a student", plan: read(&db.ResultAttempts, query.Params{}), keys: []query.Key{{course, assignment, user}}},
		{name: "a page of a course's latest results", plan: read(&db.CourseResults, query.Params{Filter: latest, Page: page}), keys: courses},
		{name: "all attempts of a course", plan: read(&db.CourseResults, query.Params{Page: page}), keys: courses},
		{name: "changed results of a course", plan: read(&db.CourseResults, query.Params{Filter: changed, Order: query.Order{Column: "sequence_id"}, Page: page}), keys: courses},
		{name: "the tasks of an assignment", plan: query.Plan{Joins: []query.Join{{Edge: &db.AssignmentByID, Params: query.Params{Columns: []string{"task_ids"}}}}}, keys: assignments, sorts: true},
		{name: "the steps of results", plan: read(&db.ResultSteps, query.Params{}), keys: results},
		{name: "the students of results", plan: read(&db.ResultUser, query.Params{}), keys: []query.Key{{course, user}}},
		{name: "the bundles of a result", plan: read(&db.ResultBundles, query.Params{}), keys: results},
	}
	for _, filter := range []*db.ResultFilter{nil, {Latest: new(true)}, {Latest: new(false)}} {
		counted := query.Params{Filter: filter.Clauses(sc)}
		plans = append(plans,
			hotPlan{name: "the number of results of a course", plan: count(&db.CourseResults, counted), keys: courses},
			hotPlan{name: "the number of results of an assignment", plan: count(&db.AssignmentResults, counted), keys: assignments})
	}
	// These orders sort the results of one assignment: an index of each would slow down every write.
	for _, column := range []string{"user_sortable_name", "attempt", "seconds_late", "state_rank", "score_percent"} {
		plans = append(plans, hotPlan{name: "an assignment by " + column, plan: read(&db.AssignmentResults, by(column, false)), keys: assignments, grows: true, sorts: true})
	}
	for _, pick := range []db.ResultPick{db.PickFirst, db.PickBest} {
		picked := db.ResultSelection{Pick: &pick}.Clauses(sc, pick)
		plans = append(plans, hotPlan{name: "the picked results of an assignment: " + string(pick), plan: read(&db.AssignmentResults, query.Params{Filter: picked, Page: page}), keys: assignments, grows: true})
	}
	for _, column := range []string{"submitted_at", "processed_at", "score"} {
		plans = append(plans,
			hotPlan{name: "a course by " + column, plan: read(&db.CourseResults, by(column, false)), keys: courses},
			hotPlan{name: "a course by " + column + ", descending", plan: read(&db.CourseResults, by(column, true)), keys: courses})
	}
	for _, column := range []string{"position", "due_at", "name"} { // the assignments of a course are few
		plans = append(plans, hotPlan{name: "the assignments of a course by " + column, plan: read(&db.CourseAssignments, query.Params{Order: query.Order{Column: column}, Page: page}), keys: courses, sorts: true})
	}
	return plans
}

// read returns the plan that reads the columns of the order of an edge, and the columns of p.
func read(edge query.AnyEdge, p query.Params) query.Plan {
	p.Columns = append(edge.OrderColumns(p.Order), p.Columns...)
	return query.Plan{Joins: []query.Join{{Edge: edge, Params: p}}}
}

// count returns the plan that counts the rows of an edge.
func count(edge query.AnyEdge, p query.Params) query.Plan {
	return query.Plan{Joins: []query.Join{{Edge: edge, Params: p}}, Count: true}
}

// largeTables are the tables that grow with the results, with their aliases.
var largeTables = map[string]string{"result": "res", "step": "stp", "bundle": "bdl", "result_member": "mem", "pseudonym": "psn"}

// No hot plan scans a large table of PostgreSQL, and none reads more rows of a course with ten times
// the students. The plans run as prepared statements, as in the server.
func TestHotPlansOfPostgreSQL(t *testing.T) {
	t.Parallel()
	few, many := openLargeCourse(t, 150), openLargeCourse(t, 1500)
	for i, hot := range few.plans {
		t.Run(hot.name, func(t *testing.T) {
			before, after := few.rowsRead(t, hot), many.rowsRead(t, many.plans[i])
			plan := many.explain(t)
			t.Log(plan)
			for table := range largeTables {
				if strings.Contains(plan, fmt.Sprintf(`Seq Scan on %s `, table)) {
					t.Errorf("the plan scans the table %s", table)
				}
			}
			if after > 2*before+10 && !hot.grows {
				t.Errorf("the plan reads %d rows of 150 students, and %d rows of 1,500 students", before, after)
			}
		})
	}
}

// A largeCourse is a PostgreSQL store with one connection and a course with many results.
type largeCourse struct {
	store *db.Store
	plans []hotPlan
}

func openLargeCourse(t *testing.T, students int) *largeCourse {
	t.Helper()
	location := dbtest.MigratedPostgres(t)
	loadtest.Fill(t, location, loadtest.Size{Courses: 2, Assignments: 3, Students: students, Users: 4 * students})
	store, err := db.OpenWith(t.Context(), location, db.Options{Conns: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	dbtest.Exec(t, store, "INSERT INTO bundle SELECT course_id, id, 'PRODUCT', id, 'ZIP', 'product.zip', NULL, 1, now() FROM result")
	dbtest.Exec(t, store, "INSERT INTO result_member SELECT course_id, id, user_id FROM result WHERE id % 5 = 0")
	dbtest.Exec(t, store, fmt.Sprintf("INSERT INTO api_key (id, prefix, hashed_key, name, created_at, revoked, read_only, pseudonymous) VALUES (%d, 'p', 'h', 'n', now(), FALSE, TRUE, TRUE)", keyID))
	dbtest.Exec(t, store, "VACUUM ANALYZE")
	var user, canvasID, result int64
	err = store.SQL().QueryRowContext(t.Context(), `SELECT usr.id, usr.canvas_id, res.id FROM result AS res JOIN "user" AS usr ON usr.id = res.user_id
		WHERE res.assignment_id = 101003 AND res.is_latest ORDER BY res.id LIMIT 1`).Scan(&user, &canvasID, &result)
	if err != nil {
		t.Fatal(err)
	}
	plans := hotPlans(101, 101003, user, canvasID, result, dbtest.Pseudonym(t, store, keyID, user))
	return &largeCourse{store, append(plans, figurePlans(t, true, 101, 101003)...)}
}

// figurePlans returns the plans of figures of a course and of an assignment for a reviewer, which read all of
// their results.
func figurePlans(t *testing.T, pg bool, course, assignment int64) []hotPlan {
	t.Helper()
	sc := dbtest.Scope(0, access.Grant{CourseID: course, Roles: access.TA})
	results, err := db.ResultStatsOf(sc, pg, []db.FigureColumn{{Path: "count"}, {Path: "students"}, {Path: "score.median"}})
	if err != nil {
		t.Fatal(err)
	}
	tasks, err := db.StepStatsOf(sc, pg, db.StepGrouping{}, nil, []db.FigureColumn{{Path: "taskId"}, {Path: "passRate"}})
	if err != nil {
		t.Fatal(err)
	}
	groups, err := db.ResultGroupsOf(sc, pg, db.ResultGrouping{By: []string{"section", "day"}, TimeZone: "UTC"}, []db.FigureColumn{{Path: "stats.count"}})
	if err != nil {
		t.Fatal(err)
	}
	var plans []hotPlan
	add := func(name string, edge query.AnyEdge, key query.Key, a *query.Aggregation) {
		p := query.Params{Filter: (&db.ResultFilter{Latest: new(true)}).Clauses(sc), Aggregation: a}
		plans = append(plans, hotPlan{name: name, plan: read(edge, p), keys: []query.Key{key}, grows: true, sorts: true})
	}
	add("figures of an assignment", &db.AssignmentResults, query.Key{course, assignment}, results)
	add("figures of the tasks of an assignment", &db.AssignmentResults, query.Key{course, assignment}, tasks)
	add("figures of a course", &db.CourseResults, query.Key{course}, results)
	add("a course by section and day", &db.CourseResults, query.Key{course}, groups)
	return withScope(sc, plans)
}

// rowsRead runs a plan until it is prepared, and returns the number of rows and index entries that
// PostgreSQL then reads for it.
func (c *largeCourse) rowsRead(t *testing.T, hot hotPlan) (n int64) {
	t.Helper()
	dbtest.Exec(t, c.store, "DEALLOCATE ALL")
	for range 3 {
		dbtest.Exec(t, c.store, "SELECT pg_stat_force_next_flush()")
		dbtest.Exec(t, c.store, "SELECT pg_stat_reset()")
		c.run(t, hot)
	}
	dbtest.Exec(t, c.store, "SELECT pg_stat_force_next_flush()")
	err := c.store.SQL().QueryRowContext(t.Context(), `SELECT (SELECT sum(seq_tup_read) FROM pg_stat_user_tables)
		+ (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes)`).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// run reads all rows of a plan.
func (c *largeCourse) run(t *testing.T, hot hotPlan) {
	t.Helper()
	err := c.store.DB().InSnapshot(t.Context(), false, func(sn *query.Snapshot) error {
		return sn.ReadPlans(t.Context(), func() error {
			rows, err := sn.Read(t.Context(), hot.plan, hot.scope, hot.keys, false)
			if err != nil {
				return err
			}
			for rows.Next() != nil {
			}
			return rows.Close()
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// explain returns the generic plan of the prepared statement. The values do not matter.
func (c *largeCourse) explain(t *testing.T) string {
	t.Helper()
	var call string
	err := c.store.SQL().QueryRowContext(t.Context(), `SELECT 'EXPLAIN EXECUTE ' || name || '(' ||
		(SELECT string_agg('NULL', ', ') FROM unnest(parameter_types)) || ')' FROM pg_prepared_statements`).Scan(&call)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	if err := c.store.DB().NewRaw(call).Scan(t.Context(), &lines); err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// No hot query scans a large table of SQLite, or sorts rows to read one page of them.
func TestHotPlansOfSQLite(t *testing.T) {
	t.Parallel()
	s := dbtest.NewSQLite(t)
	plans := append(hotPlans(101, 101003, 1000001, 10001, 1, 4711), figurePlans(t, false, 101, 101003)...)
	for _, hot := range plans {
		if hot.plan.Count { // the plan does not say that coalesce reads the kept number only
			continue
		}
		text, err := hot.plan.SQL(s.DB(), hot.scope)
		if err != nil {
			t.Fatal(err)
		}
		plan := explainSQLite(t, s, text)
		for line := range strings.Lines(plan) {
			inSubquery := strings.HasPrefix(line, " ") // the subquery selects the page
			if inSubquery && !hot.sorts && strings.Contains(line, "TEMP B-TREE") {
				t.Errorf("%s: sorts the rows of all pages:\n%s", hot.name, plan)
			}
			if slices.ContainsFunc(slices.Collect(maps.Values(largeTables)), func(alias string) bool { return scansTable(line, alias) }) {
				t.Errorf("%s: scans a large table:\n%s", hot.name, plan)
			}
		}
	}
}

// SQLite finds the people whom a student sees once for all people of the course, and not for each of them.
func TestPeopleOfStudentOnSQLite(t *testing.T) {
	t.Parallel()
	s := dbtest.NewSQLite(t)
	sc := dbtest.Scope(1000001, access.Grant{CourseID: 101, Roles: access.Student})
	plan := read(&db.EnrolledUsers, query.Params{Page: &query.Page{First: new(20)}})
	text, err := plan.SQL(s.DB(), sc)
	if err != nil {
		t.Fatal(err)
	}
	list := "" // the subquery of the condition to which a line belongs
	for line := range strings.Lines(explainSQLite(t, s, text)) {
		if strings.HasPrefix(line, "  ") && !strings.HasPrefix(line, "    ") {
			list = line
		}
		if strings.Contains(line, "result_member_user") && strings.Contains(list, "CORRELATED") {
			t.Errorf("the members of groups are read again for each person:\n%s", explainSQLite(t, s, text))
			return
		}
	}
}

// scansTable reports whether a line of a SQLite plan says that a whole table is read.
func scansTable(line, alias string) bool {
	line = strings.TrimSpace(line)
	return line == "SCAN "+alias || strings.HasPrefix(line, "SCAN "+alias+" USING")
}

// explainSQLite returns the plan of a query, with a line for each node. The lines of a subquery
// are indented. The values of the parameters do not matter.
func explainSQLite(t *testing.T, s *db.Store, query string) string {
	t.Helper()
	values := make([]any, strings.Count(query, "$"))
	rs, err := s.SQL().QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, values...)
	if err != nil {
		t.Fatal(err)
	}
	defer rs.Close()
	var lines strings.Builder
	depth := map[int]int{}
	for rs.Next() {
		var id, parent, unused int
		var detail string
		if err := rs.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		depth[id] = depth[parent] + 1
		fmt.Fprintf(&lines, "%s%s\n", strings.Repeat("  ", depth[id]-1), detail)
	}
	return lines.String()
}
