package db

// counting selects which result counts for each student of an assignment: place is 1 for
// that one. It is, of the latest ones, those of groups included, the one of the student's
// highest attempt, and of these the one that was handed in last. What a group handed in
// counts for a mate also when its result's user has gone on alone.
func counting(course, assignment int64) Clause {
	return clause(`SELECT p.user_id, p.result_id, p.attempt,
			row_number() OVER (PARTITION BY p.user_id ORDER BY p.attempt DESC, c.submitted_at DESC, c.id DESC) AS place
		FROM (
			SELECT id AS result_id, user_id, attempt FROM result WHERE course_id = ? AND assignment_id = ? AND is_latest
			UNION
			SELECT m.result_id, m.user_id, coalesce(h.attempt, l.attempt) FROM result AS l
			JOIN result_member AS m ON m.course_id = l.course_id AND m.result_id = l.id
			LEFT JOIN handed AS h ON h.course_id = m.course_id AND h.result_id = m.result_id AND h.user_id = m.user_id
			WHERE l.course_id = ? AND l.assignment_id = ? AND (l.is_latest OR h.attempt IS NOT NULL)
		) AS p
		JOIN result AS c ON c.course_id = ? AND c.id = p.result_id`,
		course, assignment, course, assignment, course)
}
