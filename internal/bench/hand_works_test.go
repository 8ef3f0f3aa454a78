package bench

import (
	"bytes"
	"context"
	"net/http"
	"strconv"

	"github.com/momotor/resultgraph/internal/access"
)

const sectionsOf = `to_json(ARRAY(SELECT DISTINCT z.canvas_id FROM enrollment AS e JOIN section AS z ON z.id = e.section_id
	WHERE e.course_id = r.course_id AND e.user_id = r.user_id ORDER BY 1))`

// resultColumns are those of resultFields, submittedAt and summary.
const resultColumns = `r.accepted, g.canvas_id, r.attempt, r.has_error, r.is_late, r.is_latest, r.label, r.preview_url, r.processed_at, r.progress, r.queued_at,
	coalesce(r.score_reviewer, r.score), r.secret, ` + sectionsOf + `, r.sequence_id, r.started_at, r.state, r.submitted_at, r.summary`

var (
	restResult = columns("accepted assignmentId attempt has_error is_late is_latest label preview_url processed_at progress queued_at score secret sections sequence_id started_at state submitted_at summary", "biibbbsstftfbaitsts")
	restUser   = columns("canvas_id name sortable_name login_id sections", "isssa")
	result     = columns(resultFields+" submittedAt summary", "biibbbsstftfbaitsts")
	user       = columns("canvasId name sortableName loginId sectionCanvasIds", "isssa")
	step       = columns(stepFields, "sbbsffss")
)

const theList = `SELECT ` + resultColumns + `, u.canvas_id, u.name, u.sortable_name, u.login_id, ` + sectionsOf + `
	FROM assignment AS g JOIN result AS r ON r.course_id = g.course_id AND r.assignment_id = g.id AND r.is_latest JOIN "user" AS u ON u.id = r.user_id
	WHERE g.course_id = $1 AND g.canvas_id = $2 ORDER BY r.id`

func (h *hand) list(ctx context.Context, b []byte, _ *http.Request) ([]byte, error) {
	return h.listOf(ctx, append(b, '['), restResult, restUser, "]")
}

func (h *hand) graphqlList(ctx context.Context, b []byte, _ *http.Request) ([]byte, error) {
	return h.listOf(ctx, append(b, `{"data":{"account":{"course":{"assignment":{"results":{"nodes":[`...), result, user, "]}}}}}}")
}

func (h *hand) listOf(ctx context.Context, b []byte, result, user []column, end string) ([]byte, error) {
	first := true
	err := h.each(ctx, func(row [][]byte) {
		b = item(b, &first)
		b = append(members(b, result, row), `,"user":{`...)
		b = append(members(b, user, row[len(result):]), "}}"...)
	}, theList, courseID, 501)
	return append(b, end...), err
}

// item begins an object of a list.
func item(b []byte, first *bool) []byte {
	if !*first {
		b = append(b, ',')
	}
	*first = false
	return append(b, '{')
}

// nested answers W2 and W3: the assignments of the course, so many results of each, and
// their steps.
func (h *hand) nested(most int) func(context.Context, []byte, *http.Request) ([]byte, error) {
	return func(ctx context.Context, b []byte, _ *http.Request) ([]byte, error) {
		var course []byte
		var names [][]byte
		err := h.each(ctx, func(row [][]byte) {
			course = bytes.Clone(row[0])
			names = append(names, bytes.Clone(row[1]))
		}, `SELECT c.name, g.name FROM course AS c JOIN assignment AS g ON g.course_id = c.id WHERE c.account_id = 2 AND c.canvas_id = 1001 ORDER BY g.id`)
		if err != nil {
			return nil, err
		}
		var text []byte
		var ends []int
		var ids []int64
		perAssignment := make([]int, 0, len(names))
		last := int64(0)
		err = h.each(ctx, func(row [][]byte) {
			if g := number(row[1]); g != last {
				perAssignment, last = append(perAssignment, 0), g
			}
			perAssignment[len(perAssignment)-1]++
			ids = append(ids, number(row[0]))
			text = members(text, result, row[2:])
			ends = append(ends, len(text))
		}, `SELECT r.id, g.id, `+resultColumns+` FROM assignment AS g CROSS JOIN LATERAL (
				SELECT r.* FROM result AS r WHERE r.course_id = g.course_id AND r.assignment_id = g.id AND r.is_latest ORDER BY r.id LIMIT $2) AS r
			WHERE g.course_id = $1 ORDER BY g.id, r.id`, courseID, most)
		if err != nil {
			return nil, err
		}
		steps := make([]byte, 0, 128*len(ids))
		stepEnds := make([]int, len(ids))
		at, from := 0, 0
		err = h.each(ctx, func(row [][]byte) {
			for id := number(row[0]); ids[at] != id; {
				stepEnds[at] = len(steps)
				at++
			}
			if from = 0; at > 0 {
				from = stepEnds[at-1]
			}
			if len(steps) > from {
				steps = append(steps, ',')
			}
			steps = append(steps, '[', '{')
			steps = append(members(steps, step, row[1:]), '}', ']')
		}, stepsOf, courseID, ids)
		for ; at < len(ids); at++ {
			stepEnds[at] = len(steps)
		}
		b = append(b, `{"data":{"account":{"course":{"name":`...)
		b = append(value(b, 's', course), `,"assignments":{"nodes":[`...)
		n := 0
		for i, name := range names {
			first := i == 0
			b = append(item(b, &first), `"name":`...)
			b = append(value(b, 's', name), `,"results":{"nodes":[`...)
			first = true
			for range perAssignment[i] {
				b = item(b, &first)
				b = append(b, part(text, ends, n)...)
				b = append(b, `,"steps":[`...)
				b = append(append(b, part(steps, stepEnds, n)...), `]}`...)
				n++
			}
			b = append(b, "]}}"...)
		}
		return append(b, "]}}}}}"...), err
	}
}

const stepsOf = `SELECT s.result_id, s.task_id, s.accepted, s.has_error, s.label, s.score, s.max_score, s.outcome, s.summary
	FROM step AS s WHERE s.course_id = $1 AND s.result_id = ANY($2) ORDER BY s.result_id, s.position, s.task`

func part(text []byte, ends []int, i int) []byte {
	if i == 0 {
		return text[:ends[0]]
	}
	return text[ends[i-1]:ends[i]]
}

func (h *hand) one(ctx context.Context, b []byte, r *http.Request) ([]byte, error) {
	b = append(b, `{"data":{"account":{"course":{"assignment":{"result":{`...)
	var id int64
	student, _ := strconv.ParseInt(r.URL.Query().Get("student"), 10, 64)
	err := h.each(ctx, func(row [][]byte) {
		id = number(row[0])
		b = append(members(b, result, row[1:]), `,"steps":[`...)
	}, `SELECT r.id, `+resultColumns+` FROM account AS a JOIN course AS c ON c.account_id = a.id JOIN assignment AS g ON g.course_id = c.id
		JOIN "user" AS u ON u.account_id = a.id CROSS JOIN LATERAL (
			SELECT r.* FROM result AS r WHERE r.course_id = c.id AND r.assignment_id = g.id AND r.is_latest AND r.id IN (
				SELECT own.id FROM result AS own WHERE own.course_id = c.id AND own.user_id = u.id
				UNION ALL SELECT m.result_id FROM result_member AS m WHERE m.course_id = c.id AND m.user_id = u.id)
			ORDER BY r.submitted_at DESC, r.id DESC LIMIT 1) AS r
		WHERE a.id = 2 AND c.canvas_id = 1001 AND g.canvas_id = 501 AND u.canvas_id = $1`, student)
	if err != nil {
		return nil, err
	}
	first := true
	err = h.each(ctx, func(row [][]byte) {
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(members(append(b, '[', '{'), step, row[1:]), '}', ']')
	}, stepsOf, courseID, []int64{id})
	return append(b, "]}}}}}}"...), err
}

func (h *hand) accounts(ctx context.Context, b []byte, _ *http.Request) ([]byte, error) {
	b = append(b, `{"data":{"accounts":{"nodes":[`...)
	cols := columns("canvasId code name active", "issb")
	last, first := "", true
	err := h.each(ctx, func(row [][]byte) {
		if name := string(row[0]); name != last {
			if last != "" {
				b = append(b, "]}},"...)
			}
			b = append(value(append(b, `{"name":`...), 's', row[0]), `,"courses":{"nodes":[`...)
			last, first = name, true
		}
		b = append(members(item(b, &first), cols, row[1:]), '}')
	}, `SELECT a.name, c.canvas_id, c.code, c.name, c.active FROM account AS a JOIN course AS c ON c.account_id = a.id WHERE c.id = ANY($1) ORDER BY a.id, c.id`, access.FromContext(ctx).Courses(access.Reviewer))
	return append(b, "]}}]}}}"...), err
}
