package bench

import "strings"

// oneStatement selects a user's latest result of an assignment, of the user or of a group that the user is
// in, once for each of its steps. That takes less than to find the result for a second statement.
var oneStatement = statement{`SELECT ` + strings.Replace(resultColumns, "res.user_id", "sec.ids", 1) + `, ` + stepColumns + `
	FROM course AS crs JOIN assignment AS asg ON asg.course_id = crs.id JOIN "user" AS usr ON usr.account_id = crs.account_id
	CROSS JOIN LATERAL (
		SELECT * FROM (
			SELECT own.* FROM result AS own
			WHERE own.course_id = crs.id AND own.assignment_id = asg.id AND own.user_id = usr.id AND own.is_latest
			UNION ALL
			SELECT shared.* FROM result_member AS mem JOIN result AS shared ON shared.course_id = mem.course_id AND shared.id = mem.result_id
			WHERE mem.course_id = crs.id AND mem.user_id = usr.id AND shared.assignment_id = asg.id AND shared.is_latest) AS res
		ORDER BY submitted_at DESC, id DESC LIMIT 1) AS res
	CROSS JOIN LATERAL (
		SELECT ARRAY(SELECT DISTINCT sec.canvas_id FROM enrollment AS enr JOIN section AS sec ON sec.id = enr.section_id
			WHERE enr.course_id = res.course_id AND enr.user_id = res.user_id ORDER BY 1) AS ids OFFSET 0) AS sec
	LEFT JOIN LATERAL (SELECT * FROM step WHERE course_id = res.course_id AND result_id = res.id ORDER BY position, task OFFSET 0) AS st ON true
	WHERE crs.account_id = $1 AND crs.canvas_id = $2 AND asg.canvas_id = $3 AND usr.canvas_id = $4`, []string{"account", "course", "assignment", "user"}}

// writeOne answers W4: a result with its steps.
func writeOne(b *buffer, rows *rowReader) error {
	b.body = append(b.body, `{"data":{"account":{"course":{"assignment":{"result":`...)
	found := false
	err := rows.each(func(row [][]byte) {
		if !found {
			b.body = b.appendMembers(append(b.body, '{'), oneResult, row)
			b.body = append(b.body, `,"steps":[`...)
			found = true
		}
		if steps := row[len(result):]; steps[0] != nil {
			b.appendStep(steps)
		}
	})
	if !found {
		b.body = append(b.body, "null"...)
	} else {
		b.body = append(b.body, "]}"...)
	}
	b.body = append(b.body, "}}}}}"...)
	return err
}
