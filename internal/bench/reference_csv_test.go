package bench

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
)

var (
	csvColumns = `usr.canvas_id, usr.name, usr.sortable_name, usr.login_id, ` + sectionsExpr + `, res.attempt, res.state, res.accepted, res.has_error, coalesce(res.score_reviewer, res.score),
		res.is_late, res.submitted_at, res.queued_at, res.started_at, res.processed_at, res.label, res.summary`
	csvKinds = "isssaisbbfbttttss"
)

// csv answers W6: a row per student, with score and outcome of eight steps.
func (h *referenceHandler) csv(ctx context.Context, b []byte, _ *http.Request) ([]byte, error) {
	b = append(b, "canvas_id,name,sortable_name,login_id,sections,attempt,state,accepted,has_error,score,is_late,submitted_at,queued_at,started_at,processed_at,label,summary"...)
	for i := range 8 {
		b = append(b, ",step"+strconv.Itoa(i)+" score,step"+strconv.Itoa(i)+" outcome"...)
	}
	b = append(b, "\r\n"...)
	steps := map[int64][]byte{} // the ends of the lines
	err := h.eachRow(ctx, func(row [][]byte) {
		id := parseNumber(row[0])
		end := appendCSV(append(steps[id], ','), 'f', row[1])
		steps[id] = appendCSV(append(end, ','), 's', row[2])
	}, `SELECT st.result_id, st.score, st.outcome FROM assignment AS asg JOIN result AS res ON res.course_id = asg.course_id AND res.assignment_id = asg.id AND res.is_latest
		JOIN step AS st ON st.course_id = res.course_id AND st.result_id = res.id
		WHERE asg.course_id = $1 AND asg.canvas_id = $2 ORDER BY st.result_id, st.position, st.task`, courseID, 501)
	if err != nil {
		return nil, err
	}
	err = h.eachRow(ctx, func(row [][]byte) {
		for i, cell := range row[1:] {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendCSV(b, csvKinds[i], cell)
		}
		b = append(append(b, steps[parseNumber(row[0])]...), "\r\n"...)
	}, `SELECT res.id, `+csvColumns+` FROM assignment AS asg JOIN result AS res ON res.course_id = asg.course_id AND res.assignment_id = asg.id AND res.is_latest
		JOIN "user" AS usr ON usr.id = res.user_id WHERE asg.course_id = $1 AND asg.canvas_id = $2 ORDER BY res.id`, courseID, 501)
	return b, err
}

func appendCSV(b []byte, kind byte, cell []byte) []byte {
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
		b = appendValue(b, kind, cell)
		return append(b[:from], b[from+1:len(b)-1]...)
	default:
		b = appendValue(b, kind, cell)
	}
	return b
}
