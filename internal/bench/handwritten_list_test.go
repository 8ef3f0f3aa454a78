package bench

import "errors"

// The order within the LATERAL is the order of the rows; writeList checks it. An outer ORDER BY would
// sort them again.
const latestResults = `course AS crs JOIN assignment AS asg ON asg.course_id = crs.id
	CROSS JOIN LATERAL (SELECT * FROM result WHERE course_id = asg.course_id AND assignment_id = asg.id AND is_latest ORDER BY id OFFSET 0) AS res
	JOIN "user" AS usr ON usr.id = res.user_id
	WHERE crs.account_id = $1 AND crs.canvas_id = $2 AND asg.canvas_id = $3`

var (
	listStatement     = statement{`SELECT res.id, ` + resultColumns + `, ` + userColumns + ` FROM ` + latestResults, []string{"account", "course", "assignment"}}
	restListStatement = statement{`SELECT res.id, ` + resultColumns + `, ` + restUserColumns + ` FROM ` + latestResults, []string{"account", "course", "assignment"}}
)

// errUnordered is the error for rows that are not in the expected order.
var errUnordered = errors.New("the database returned rows in another order")

// writeList answers W1: the latest results of an assignment with their users.
func writeList(start string, result, user []column, end string) func(*buffer, *rowReader) error {
	return func(b *buffer, rows *rowReader) error {
		if err := b.sections.read(rows); err != nil {
			return err
		}
		b.body = append(b.body, start...)
		err := rows.eachInOrder(func(i int, row [][]byte) {
			b.body = b.appendMembers(appendItemStart(b.body, i == 0), result, row)
			b.body = b.appendMembers(append(b.body, `,"user":{`...), user, row[len(result):])
			b.body = append(b.body, "}}"...)
		})
		b.body = append(b.body, end...)
		return err
	}
}

// eachInOrder is each for rows that start with an id. It passes the index and the other columns. It fails
// unless the ids ascend.
func (rd *rowReader) eachInOrder(f func(i int, row [][]byte)) error {
	i, last, ordered := 0, int64(0), true
	err := rd.each(func(row [][]byte) {
		id := parseNumber(row[0])
		ordered = ordered && id > last
		last = id
		f(i, row[1:])
		i++
	})
	if err == nil && !ordered {
		err = errUnordered
	}
	return err
}
