// Package loadtest starts the program in a process of its own, on a store with the data of a large
// institution, and measures it. Benchmarks and stress tests share it.
package loadtest

import (
	"database/sql"
	"fmt"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the database/sql driver "pgx"
	_ "modernc.org/sqlite"             // the database/sql driver "sqlite"
)

// A Size is the size of a data set. Its accounts have the ids 1 to 3. The first course, with the id
// 101 and the Canvas id 1001, belongs to account 2 and has at most 12 assignments, from the Canvas id
// 501, and eight steps per result.
type Size struct {
	Courses, Assignments, Students, Users int
	// LectureStudents is the number of students of one more course, for figures, or 0 for none. It has the
	// id 100 and the Canvas id 1000, belongs to account 1 and has at most 12 assignments, submissions over
	// two months, and steps with different scores: 30 per result of the first assignment, and eight per
	// result of the others.
	LectureStudents int
}

// The sizes. Large has 1.2 million results and 6 million steps, Small a tenth, and Tiny a thousandth. The
// lecture of Large has 48,000 results.
var (
	Large = Size{Courses: 60, Assignments: 20, Students: 500, Users: 20_000, LectureStudents: 2000}
	Small = Size{Courses: 6, Assignments: 20, Students: 500, Users: 3_000, LectureStudents: 200}
	Tiny  = Size{Courses: 1, Assignments: 2, Students: 300, Users: 1_000, LectureStudents: 40}
)

// Fill generates a data set in a migrated, empty PostgreSQL database. It writes SQL, because the
// importer would take an hour. Every student has two attempts at each assignment.
func Fill(tb testing.TB, location string, data Size) {
	tb.Helper()
	pool, err := sql.Open("pgx", location)
	if err != nil {
		tb.Fatal(err)
	}
	defer pool.Close()
	pool.SetMaxOpenConns(1) // the settings below apply to one connection
	for _, statement := range []string{
		"SET session_replication_role = replica", // skips foreign keys, which hold by construction
		"SET synchronous_commit = off",
		`INSERT INTO account SELECT a, 'guid' || a, 'https://canvas' || a || '.example', 'Account ' || a FROM generate_series(1, 3) AS a`,
		fmt.Sprintf(`INSERT INTO course SELECT 100 + c, 1 + c %% 3, 1000 + c, 'CODE' || c, 'Course number ' || c, true, true, false
			FROM generate_series(0, %d) AS c WHERE c > 0 OR %d > 0`, data.Courses, data.LectureStudents),
		`INSERT INTO section SELECT c.id * 10 + s, c.account_id, c.canvas_id * 10 + s, c.id, 'Section ' || s FROM course AS c, generate_series(1, 4) AS s`,
		fmt.Sprintf(`INSERT INTO "user" SELECT 1000000 + u, 1 + u %% 3, 9000 + u, 'Zoë Student ' || u, 'Student ' || u || ', Zoë', 'login' || u FROM generate_series(1, %d) AS u`, data.Users),
		// The students of a course are a contiguous range of the users of its account.
		fmt.Sprintf(`INSERT INTO enrollment SELECT c.id, u.id, 'student', c.id * 10 + 1 + u.n %% 4
			FROM course AS c JOIN LATERAL (
				SELECT u.id, row_number() OVER (ORDER BY u.id) AS n FROM "user" AS u WHERE u.account_id = c.account_id
				ORDER BY u.id OFFSET (c.id * 37) %% %d LIMIT CASE c.id WHEN 100 THEN %d ELSE %d END) AS u ON true`, data.Users/3-data.Students, data.LectureStudents, data.Students),
		fmt.Sprintf(`INSERT INTO assignment SELECT c.id, c.id * 1000 + a, 500 + a, 'Assignment ' || a, true, true, false, NULL
			FROM course AS c, generate_series(1, %d) AS a WHERE a <= 12 OR c.canvas_id > 1001`, data.Assignments),
		`INSERT INTO result SELECT enr.course_id, 10000000 + row_number() OVER (ORDER BY asg.course_id, t, asg.id, enr.user_id), asg.id, enr.user_id, t, t = 2, enr.user_id % 7 = 0,
				row_number() OVER (), NULL, 'done', enr.user_id % 4 > 0, false, false, (enr.user_id % 20) / 2.0, NULL, 1,
				'2026-09-01'::timestamptz + enr.user_id * interval '1.234567 s' + CASE asg.course_id WHEN 100 THEN (enr.user_id * 7 + asg.id * 5 + t) % 60 ELSE 0 END * interval '1 day', '2026-09-02', '2026-09-02 00:00:01.5', '2026-09-02 00:00:09.25',
				CASE WHEN enr.user_id % 4 > 0 THEN 'Accepted' ELSE 'Rejected' END, 'Some of the tests failed: see the steps',
				'https://canvas.example/courses/' || asg.course_id || '/assignments/' || asg.canvas_id || '/submissions/' || enr.user_id
			FROM assignment AS asg JOIN enrollment AS enr ON enr.course_id = asg.course_id, generate_series(1, 2) AS t`,
		`INSERT INTO step (course_id, result_id, position, task, task_id, step_id, accepted, has_error, secret, hidden, outcome, score, max_score, label, summary, details)
			SELECT res.course_id, res.id, p, 0, 'step' || p, 'step' || p, (res.id + p) % 4 > 0, false, false, false, CASE WHEN (res.id + p) % 4 > 0 THEN 'pass' ELSE 'fail' END,
				CASE res.course_id WHEN 100 THEN (res.user_id % 5 + (res.id * (p + 3)) % 6) / 2.0 ELSE p / 2.0 END, 5, 'Step ' || p, 'The output was as expected', NULL
			FROM result AS res, generate_series(0, CASE WHEN res.assignment_id = 100001 THEN 29 WHEN res.course_id <= 101 THEN 7 ELSE 4 END) AS p`,
		`INSERT INTO course_version SELECT crs.id, coalesce(max(res.sequence_id), 0)
			FROM course AS crs LEFT JOIN result AS res ON res.course_id = crs.id GROUP BY crs.id`, // triggers do not run here
		`INSERT INTO result_count SELECT course_id, assignment_id, count(*), count(*) FILTER (WHERE is_latest) FROM result GROUP BY 1, 2`,
		`INSERT INTO task_count SELECT res.course_id, res.assignment_id, stp.position, stp.task, stp.task_id, count(*)
			FROM result AS res JOIN step AS stp ON stp.course_id = res.course_id AND stp.result_id = res.id WHERE res.is_latest GROUP BY 1, 2, 3, 4, 5`,
		"SET session_replication_role = origin",
		"VACUUM ANALYZE",
		// The program has the same setting; this applies it to the reference handler.
		"DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET random_page_cost = 1.1', current_database()); END $$",
	} {
		if _, err := pool.ExecContext(tb.Context(), statement); err != nil {
			tb.Fatalf("%.80s: %v", statement, err)
		}
	}
}
