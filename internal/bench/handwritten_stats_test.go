package bench

import "strings"

// statsStatement computes the figures of the latest results of each assignment. The members of a group count
// as students; a student who submitted too counts once. Scores are counted in bins of width 1 from 0 to 10.
var statsStatement = statement{`SELECT asg.name, fig.*
	FROM (SELECT asg.* FROM course AS crs JOIN assignment AS asg ON asg.course_id = crs.id WHERE crs.account_id = $1 AND crs.canvas_id = $2 ORDER BY asg.id OFFSET 0) AS asg
	CROSS JOIN LATERAL (
		SELECT count(*), count(*) + (SELECT count(DISTINCT mem.user_id) FROM result_member AS mem JOIN result AS res ON res.course_id = mem.course_id AND res.id = mem.result_id
				WHERE mem.course_id = asg.course_id AND res.assignment_id = asg.id AND res.is_latest
					AND NOT EXISTS (SELECT FROM result AS own WHERE own.course_id = asg.course_id AND own.assignment_id = asg.id AND own.user_id = mem.user_id AND own.is_latest)),
			count(*) FILTER (WHERE done AND accepted AND NOT has_error), count(*) FILTER (WHERE done AND NOT accepted AND NOT has_error), count(*) FILTER (WHERE done AND has_error),
			count(*) FILTER (WHERE is_late), count(*) FILTER (WHERE done),
			CAST(count(*) FILTER (WHERE done AND accepted AND NOT has_error) AS double precision) / nullif(count(*) FILTER (WHERE done), 0),
			count(score), avg(score), stddev_samp(score), min(score), max(score), percentile_cont(0.5) WITHIN GROUP (ORDER BY score),
			percentile_cont(ARRAY[0.25, 0.75]) WITHIN GROUP (ORDER BY score), ` + binCounts + `
		FROM (SELECT state = 'done' AS done, accepted, has_error, is_late, coalesce(score_reviewer, score) AS score
			FROM result WHERE course_id = asg.course_id AND assignment_id = asg.id AND is_latest OFFSET 0) AS res) AS fig`, []string{"account", "course"}}

// binCounts has the SQL of the number of scores in each bin: the differences of the numbers below successive
// limits, which PostgreSQL computes once for each limit.
var binCounts = strings.Join([]string{
	below1 + " - " + below0, below2 + " - " + below1, below3 + " - " + below2, below4 + " - " + below3, below5 + " - " + below4,
	below6 + " - " + below5, below7 + " - " + below6, below8 + " - " + below7, below9 + " - " + below8, upTo10 + " - " + below9,
}, ", ")

const (
	below0 = "count(*) FILTER (WHERE score < 0)"
	below1 = "count(*) FILTER (WHERE score < 1)"
	below2 = "count(*) FILTER (WHERE score < 2)"
	below3 = "count(*) FILTER (WHERE score < 3)"
	below4 = "count(*) FILTER (WHERE score < 4)"
	below5 = "count(*) FILTER (WHERE score < 5)"
	below6 = "count(*) FILTER (WHERE score < 6)"
	below7 = "count(*) FILTER (WHERE score < 7)"
	below8 = "count(*) FILTER (WHERE score < 8)"
	below9 = "count(*) FILTER (WHERE score < 9)"
	upTo10 = "count(*) FILTER (WHERE score <= 10)"
)

var (
	statsRow = columns("count students accepted rejected error late processed passRate", "iiiiiiif")
	scoreRow = columns("count mean standardDeviation min max median percentiles", "ifffffl")
)

// writeStats answers W5: the figures of all assignments.
func writeStats(b *buffer, rows *rowReader) error {
	b.body = append(b.body, `{"data":{"account":{"course":{"assignments":{"nodes":[`...)
	first := true
	err := rows.each(func(row [][]byte) {
		b.body = append(b.appendValue(append(appendItemStart(b.body, first), `"name":`...), 's', row[0]), `,"results":{"stats":{`...)
		first = false
		b.body = append(b.appendMembers(b.body, statsRow, row[1:]), `,"score":{`...)
		score := row[1+len(statsRow):]
		b.body = b.appendMembers(b.body, scoreRow, score)
		b.body = append(b.body, `,"histogram":{"edges":[0.0,1.0,2.0,3.0,4.0,5.0,6.0,7.0,8.0,9.0,10.0],"counts":[`...)
		for i, bin := range score[len(scoreRow):] {
			if i > 0 {
				b.body = append(b.body, ',')
			}
			b.body = append(b.body, bin...)
		}
		b.body = append(b.body, "]}}}}}"...)
	})
	b.body = append(b.body, "]}}}}}"...)
	return err
}

// stepStatsStatement counts the tasks of the latest results of each assignment.
var stepStatsStatement = statement{`SELECT asg.id, asg.name, fig.*
	FROM (SELECT asg.* FROM course AS crs JOIN assignment AS asg ON asg.course_id = crs.id WHERE crs.account_id = $1 AND crs.canvas_id = $2 ORDER BY asg.id OFFSET 0) AS asg
	LEFT JOIN LATERAL (
		SELECT st.task_id, count(*), count(*) FILTER (WHERE outcome = 'pass'),
			CAST(count(*) FILTER (WHERE outcome = 'pass') AS double precision) / nullif(count(*) FILTER (WHERE outcome <> 'skip'), 0)
		FROM (SELECT st.task_id, st.position, st.task, coalesce(st.outcome, CASE WHEN st.has_error THEN 'error' WHEN st.accepted THEN 'pass' ELSE 'fail' END) AS outcome
			FROM result AS res JOIN step AS st ON st.course_id = asg.course_id AND st.result_id = res.id
			WHERE res.course_id = asg.course_id AND res.assignment_id = asg.id AND res.is_latest OFFSET 0) AS st
		GROUP BY st.task_id ORDER BY min(st.position), min(st.task), st.task_id COLLATE "C") AS fig ON true`, []string{"account", "course"}}

var stepStatsRow = columns("taskId count passed passRate", "siif")

// writeStepStats answers W8: the pass rates of the tasks of all assignments.
func writeStepStats(b *buffer, rows *rowReader) error {
	b.body = append(b.body, `{"data":{"account":{"course":{"assignments":{"nodes":[`...)
	var assignment int64
	err := rows.each(func(row [][]byte) {
		first := parseNumber(row[0]) != assignment
		if first {
			if assignment != 0 {
				b.body = append(b.body, "]},"...)
			}
			assignment = parseNumber(row[0])
			b.body = append(b.appendValue(append(b.body, `{"name":`...), 's', row[1]), `,"stepStats":[`...)
		}
		if row[2] != nil {
			b.body = append(b.appendMembers(appendItemStart(b.body, first), stepStatsRow, row[2:]), '}')
		}
	})
	if assignment != 0 {
		b.body = append(b.body, "]}"...)
	}
	b.body = append(b.body, "]}}}}}"...)
	return err
}
