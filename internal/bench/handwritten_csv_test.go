package bench

import (
	"bytes"
	"errors"
)

const csvHeader = `canvas_id,name,sortable_name,login_id,sections,attempt,state,accepted,has_error,score,is_late,submitted_at,queued_at,started_at,processed_at,label,summary`

const csvColumns = `usr.canvas_id, usr.name, usr.sortable_name, usr.login_id, usr.id, res.attempt, res.state, res.accepted, res.has_error, coalesce(res.score_reviewer, res.score),
	res.is_late, res.submitted_at, res.queued_at, res.started_at, res.processed_at, res.label, res.summary`

const csvKinds = "isssuisbbfbttttss"

var csvStatement = statement{`SELECT res.id, ` + csvColumns + ` FROM ` + latestResults, []string{"account", "course", "assignment"}}

var csvStepsStatement = statement{`SELECT res.id, st.task_id, st.score, st.outcome
	FROM (SELECT res.id, res.course_id FROM course AS crs JOIN assignment AS asg ON asg.course_id = crs.id JOIN result AS res ON res.course_id = asg.course_id AND res.assignment_id = asg.id AND res.is_latest
		WHERE crs.account_id = $1 AND crs.canvas_id = $2 AND asg.canvas_id = $3 ORDER BY res.id OFFSET 0) AS res
	CROSS JOIN LATERAL (SELECT * FROM step WHERE course_id = res.course_id AND result_id = res.id ORDER BY position, task OFFSET 0) AS st
	ORDER BY res.id`, []string{"account", "course", "assignment"}}

// errOtherTasks is the error for an assignment whose results do not all have the same tasks.
var errOtherTasks = errors.New("the results have different tasks")

// writeCSV answers W6: a row for each result, with score and outcome of each of its tasks.
func writeCSV(b *buffer, rows *rowReader) error {
	if err := b.sections.read(rows); err != nil {
		return err
	}
	if err := b.readStepCells(rows); err != nil {
		return err
	}
	b.writeHeader()
	i := 0
	err := rows.each(func(row [][]byte) {
		for column, cell := range row[1:] {
			b.body = append(b.appendCell(b.body, csvKinds[column], cell), ',')
		}
		if i < len(b.items.ids) && b.items.ids[i] == parseNumber(row[0]) {
			b.body = append(b.body, b.items.at(i)...)
			i++
		}
	})
	if err == nil && i < len(b.items.ids) {
		err = errUnordered
	}
	return err
}

// readStepCells keeps the tasks in b.parents, and in b.items the end of the line of each result.
func (b *buffer) readStepCells(rows *rowReader) error {
	id, column, same := int64(0), 0, true
	endLine := func() {
		b.items.text = append(b.items.text, "\r\n"...)
		b.items.end(id)
		same = same && column == len(b.parents.ids)
	}
	err := rows.each(func(row [][]byte) {
		if next := parseNumber(row[0]); next != id {
			if id != 0 {
				endLine()
			}
			id, column = next, 0
		} else {
			b.items.text = append(b.items.text, ',')
		}
		if len(b.items.ids) == 0 {
			b.parents.text = append(b.parents.text, row[1]...)
			b.parents.end(0)
		}
		same = same && column < len(b.parents.ids) && bytes.Equal(row[1], b.parents.at(column))
		b.items.text = append(b.appendCell(b.items.text, 'f', row[2]), ',')
		b.items.text = b.appendCell(b.items.text, 's', row[3])
		column++
	})
	if id != 0 {
		endLine()
	}
	if err == nil && !same {
		err = errOtherTasks
	}
	return err
}

func (b *buffer) writeHeader() {
	b.body = append(b.body, csvHeader...)
	for i := range b.parents.ids {
		b.body = append(append(append(b.body, ','), b.parents.at(i)...), " score,"...)
		b.body = append(append(b.body, b.parents.at(i)...), " outcome"...)
	}
	b.body = append(b.body, "\r\n"...)
}

func (b *buffer) appendCell(to []byte, kind byte, cell []byte) []byte {
	switch {
	case cell == nil:
		return to
	case kind == 's':
		return appendText(to, cell)
	case kind == 'u':
		return b.sections.append(to, parseNumber(cell), ';')
	case kind == 't':
		return appendTime(to, cell)
	}
	return b.appendValue(to, kind, cell)
}

// appendText appends text: quoted if it contains separators, and with an apostrophe if a spreadsheet might
// run it.
func appendText(to, cell []byte) []byte {
	if len(cell) > 0 && bytes.IndexByte([]byte("=@+-"), cell[0]) >= 0 {
		cell = append([]byte("'"), cell...)
	}
	if !bytes.ContainsAny(cell, "\",\r\n\t") {
		return append(to, cell...)
	}
	return append(append(append(to, '"'), bytes.ReplaceAll(cell, []byte(`"`), []byte(`""`))...), '"')
}
