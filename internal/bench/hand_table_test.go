package bench

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
)

var (
	tableColumns = `u.canvas_id, u.name, u.sortable_name, u.login_id, ` + sectionsOf + `, r.attempt, r.state, r.accepted, r.has_error, coalesce(r.score_reviewer, r.score),
		r.is_late, r.submitted_at, r.queued_at, r.started_at, r.processed_at, r.label, r.summary`
	tableKinds = "isssaisbbfbttttss"
)

// table answers W6: a row for each student, with score and outcome of eight steps.
func (h *hand) table(ctx context.Context, b []byte, _ *http.Request) ([]byte, error) {
	b = append(b, "canvas_id,name,sortable_name,login_id,sections,attempt,state,accepted,has_error,score,is_late,submitted_at,queued_at,started_at,processed_at,label,summary"...)
	for i := range 8 {
		b = append(b, ",step"+strconv.Itoa(i)+" score,step"+strconv.Itoa(i)+" outcome"...)
	}
	b = append(b, "\r\n"...)
	steps := map[int64][]byte{} // the ends of the lines
	err := h.each(ctx, func(row [][]byte) {
		id := number(row[0])
		end := csv(append(steps[id], ','), 'f', row[1])
		steps[id] = csv(append(end, ','), 's', row[2])
	}, `SELECT s.result_id, s.score, s.outcome FROM assignment AS g JOIN result AS r ON r.course_id = g.course_id AND r.assignment_id = g.id AND r.is_latest
		JOIN step AS s ON s.course_id = r.course_id AND s.result_id = r.id
		WHERE g.course_id = $1 AND g.canvas_id = $2 ORDER BY s.result_id, s.position, s.task`, courseID, 501)
	if err != nil {
		return nil, err
	}
	err = h.each(ctx, func(row [][]byte) {
		for i, cell := range row[1:] {
			if i > 0 {
				b = append(b, ',')
			}
			b = csv(b, tableKinds[i], cell)
		}
		b = append(append(b, steps[number(row[0])]...), "\r\n"...)
	}, `SELECT r.id, `+tableColumns+` FROM assignment AS g JOIN result AS r ON r.course_id = g.course_id AND r.assignment_id = g.id AND r.is_latest
		JOIN "user" AS u ON u.id = r.user_id WHERE g.course_id = $1 AND g.canvas_id = $2 ORDER BY r.id`, courseID, 501)
	return b, err
}

func csv(b []byte, kind byte, cell []byte) []byte {
	from := len(b)
	switch kind {
	case 's':
		if bytes.ContainsAny(cell, "\",\r\n\t") {
			return append(append(append(b, '"'), bytes.ReplaceAll(cell, []byte(`"`), []byte(`""`))...), '"')
		}
		return append(b, cell...)
	case 'a':
		b = append(b, bytes.ReplaceAll(cell[1:len(cell)-1], []byte(","), []byte(";"))...)
	case 't':
		b = value(b, kind, cell)
		return append(b[:from], b[from+1:len(b)-1]...)
	default:
		b = value(b, kind, cell)
	}
	return b
}
