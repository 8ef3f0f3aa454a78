package bench

// groupsStatement computes the figures of all results of a course by section and day. A student with
// several roles in a section is in it once, and the members of a group count as students.
var groupsStatement = statement{`SELECT sec.name, fig.day, fig.number, fig.students, fig.rate, fig.mean, count(*) OVER ()
	FROM (SELECT enr.section_id, res.day, count(res.id) AS number, count(DISTINCT res.user_id) AS students,
			CAST(count(*) FILTER (WHERE res.passed) AS double precision) / nullif(count(*) FILTER (WHERE res.done), 0) AS rate, avg(res.score) AS mean
		FROM (SELECT id, user_id, user_id AS submitter, CAST(submitted_at AT TIME ZONE 'UTC' AS date) AS day, state = 'done' AS done, state = 'done' AND accepted AND NOT has_error AS passed,
					coalesce(score_reviewer, score) AS score
				FROM result WHERE course_id = ` + courseID + `
				UNION ALL
				SELECT NULL, mem.user_id, res.user_id, CAST(res.submitted_at AT TIME ZONE 'UTC' AS date), NULL, NULL, NULL
				FROM result_member AS mem JOIN result AS res ON res.course_id = mem.course_id AND res.id = mem.result_id AND res.user_id <> mem.user_id
				WHERE mem.course_id = ` + courseID + `) AS res
		LEFT JOIN (SELECT DISTINCT user_id, section_id FROM enrollment WHERE section_id IS NOT NULL AND course_id = ` + courseID + `) AS enr ON enr.user_id = res.submitter
		GROUP BY enr.section_id, res.day) AS fig
	LEFT JOIN section AS sec ON sec.id = fig.section_id
	ORDER BY fig.section_id, fig.day LIMIT 1000`, []string{"account", "course"}}

const courseID = `(SELECT id FROM course WHERE account_id = $1 AND canvas_id = $2)`

var groupRow = columns("count students passRate", "iif")

// writeGroups answers W9: the figures by section and day.
func writeGroups(b *buffer, rows *rowReader) error {
	b.body = append(b.body, `{"data":{"account":{"course":{"results":{"groups":{"totalCount":`...)
	first := true
	err := rows.each(func(row [][]byte) {
		if first {
			b.body = append(append(b.body, row[6]...), `,"nodes":[`...)
		}
		b.body = append(appendItemStart(b.body, first), `"key":{"section":`...)
		first = false
		if row[0] == nil {
			b.body = append(b.body, "null"...)
		} else {
			b.body = append(b.appendValue(append(b.body, `{"name":`...), 's', row[0]), '}')
		}
		b.body = append(b.appendValue(append(b.body, `,"day":`...), 's', row[1]), `},"stats":{`...)
		b.body = append(b.appendMembers(b.body, groupRow, row[2:]), `,"score":{"mean":`...)
		b.body = append(b.appendValue(b.body, 'f', row[5]), "}}}"...)
	})
	if first {
		b.body = append(b.body, `0,"nodes":[`...)
	}
	b.body = append(b.body, "]}}}}}}"...)
	return err
}
