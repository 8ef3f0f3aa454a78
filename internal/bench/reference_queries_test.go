package bench

import (
	"bytes"
	"context"
	"net/http"
	"strconv"

	"github.com/momotor/resultgraph/internal/access"
)

const sectionsExpr = `to_json(ARRAY(SELECT DISTINCT sec.canvas_id FROM enrollment AS enr JOIN section AS sec ON sec.id = enr.section_id
	WHERE enr.course_id = res.course_id AND enr.user_id = res.user_id ORDER BY 1))`

// resultColumns are the columns of resultFields, submittedAt and summary.
const resultColumns = `res.accepted, asg.canvas_id, res.attempt, res.has_error, res.is_late, res.is_latest, res.label, res.preview_url, res.processed_at, res.progress, res.queued_at,
	coalesce(res.score_reviewer, res.score), res.secret, ` + sectionsExpr + `, res.sequence_id, res.started_at, res.state, res.submitted_at, res.summary`

var (
	restResult = columns("accepted assignmentId attempt has_error is_late is_latest label preview_url processed_at progress queued_at score secret sections sequence_id started_at state submitted_at summary", "biibbbsstftfbaitsts")
	restUser   = columns("canvas_id name sortable_name login_id sections", "isssa")
	result     = columns(resultFields+" submittedAt summary", "biibbbsstftfbaitets")
	user       = columns("canvasId name sortableName loginId sectionCanvasIds", "isssa")
	step       = columns(stepFields, "sbbsffes")
)

const listQuery = `SELECT ` + resultColumns + `, usr.canvas_id, usr.name, usr.sortable_name, usr.login_id, ` + sectionsExpr + `
	FROM assignment AS asg JOIN result AS res ON res.course_id = asg.course_id AND res.assignment_id = asg.id AND res.is_latest JOIN "user" AS usr ON usr.id = res.user_id
	WHERE asg.course_id = $1 AND asg.canvas_id = $2 ORDER BY res.id`

func (h *referenceHandler) restList(ctx context.Context, b []byte, _ *http.Request) ([]byte, error) {
	return h.resultList(ctx, append(b, '['), restResult, restUser, "]")
}

func (h *referenceHandler) graphqlList(ctx context.Context, b []byte, _ *http.Request) ([]byte, error) {
	return h.resultList(ctx, append(b, `{"data":{"account":{"course":{"assignment":{"results":{"nodes":[`...), result, user, "]}}}}}}")
}

func (h *referenceHandler) resultList(ctx context.Context, b []byte, result, user []column, end string) ([]byte, error) {
	first := true
	err := h.eachRow(ctx, func(row [][]byte) {
		b = appendItemStart(b, &first)
		b = append(appendMembers(b, result, row), `,"user":{`...)
		b = append(appendMembers(b, user, row[len(result):]), "}}"...)
	}, listQuery, courseID, 501)
	return append(b, end...), err
}

// appendItemStart appends the start of an object in a list.
func appendItemStart(b []byte, first *bool) []byte {
	if !*first {
		b = append(b, ',')
	}
	*first = false
	return append(b, '{')
}

// nestedResults answers W2 and W3: the assignments of the course, at most maxResults results
// of each, and their steps.
func (h *referenceHandler) nestedResults(maxResults int) func(context.Context, []byte, *http.Request) ([]byte, error) {
	return func(ctx context.Context, b []byte, _ *http.Request) ([]byte, error) {
		var course []byte
		var names [][]byte
		err := h.eachRow(ctx, func(row [][]byte) {
			course = bytes.Clone(row[0])
			names = append(names, bytes.Clone(row[1]))
		}, `SELECT crs.name, asg.name FROM course AS crs JOIN assignment AS asg ON asg.course_id = crs.id WHERE crs.account_id = 2 AND crs.canvas_id = 1001 ORDER BY asg.id`)
		if err != nil {
			return nil, err
		}
		var text []byte
		var ends []int
		var ids []int64
		perAssignment := make([]int, 0, len(names))
		last := int64(0)
		err = h.eachRow(ctx, func(row [][]byte) {
			if g := parseNumber(row[1]); g != last {
				perAssignment, last = append(perAssignment, 0), g
			}
			perAssignment[len(perAssignment)-1]++
			ids = append(ids, parseNumber(row[0]))
			text = appendMembers(text, result, row[2:])
			ends = append(ends, len(text))
		}, `SELECT res.id, asg.id, `+resultColumns+` FROM assignment AS asg CROSS JOIN LATERAL (
				SELECT res.* FROM result AS res WHERE res.course_id = asg.course_id AND res.assignment_id = asg.id AND res.is_latest ORDER BY res.id LIMIT $2) AS res
			WHERE asg.course_id = $1 ORDER BY asg.id, res.id`, courseID, maxResults)
		if err != nil {
			return nil, err
		}
		steps := make([]byte, 0, 128*len(ids))
		stepEnds := make([]int, len(ids))
		at, from := 0, 0
		err = h.eachRow(ctx, func(row [][]byte) {
			for id := parseNumber(row[0]); ids[at] != id; {
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
			steps = append(appendMembers(steps, step, row[1:]), '}', ']')
		}, stepsQuery, courseID, ids)
		for ; at < len(ids); at++ {
			stepEnds[at] = len(steps)
		}
		b = append(b, `{"data":{"account":{"course":{"name":`...)
		b = append(appendValue(b, 's', course), `,"assignments":{"nodes":[`...)
		n := 0
		for i, name := range names {
			first := i == 0
			b = append(appendItemStart(b, &first), `"name":`...)
			b = append(appendValue(b, 's', name), `,"results":{"nodes":[`...)
			first = true
			for range perAssignment[i] {
				b = appendItemStart(b, &first)
				b = append(b, segment(text, ends, n)...)
				b = append(b, `,"steps":[`...)
				b = append(append(b, segment(steps, stepEnds, n)...), `]}`...)
				n++
			}
			b = append(b, "]}}"...)
		}
		return append(b, "]}}}}}"...), err
	}
}

const stepsQuery = `SELECT st.result_id, st.task_id, st.accepted, st.has_error, st.label, st.score, st.max_score, st.outcome, st.summary
	FROM step AS st WHERE st.course_id = $1 AND st.result_id = ANY($2) ORDER BY st.result_id, st.position, st.task`

func segment(text []byte, ends []int, i int) []byte {
	if i == 0 {
		return text[:ends[0]]
	}
	return text[ends[i-1]:ends[i]]
}

func (h *referenceHandler) oneResult(ctx context.Context, b []byte, r *http.Request) ([]byte, error) {
	b = append(b, `{"data":{"account":{"course":{"assignment":{"result":{`...)
	var id int64
	student, _ := strconv.ParseInt(r.URL.Query().Get("student"), 10, 64)
	err := h.eachRow(ctx, func(row [][]byte) {
		id = parseNumber(row[0])
		b = append(appendMembers(b, result, row[1:]), `,"steps":[`...)
	}, `SELECT res.id, `+resultColumns+` FROM account AS acc JOIN course AS crs ON crs.account_id = acc.id JOIN assignment AS asg ON asg.course_id = crs.id
		JOIN "user" AS usr ON usr.account_id = acc.id CROSS JOIN LATERAL (
			SELECT res.* FROM result AS res WHERE res.course_id = crs.id AND res.assignment_id = asg.id AND res.is_latest AND res.id IN (
				SELECT own.id FROM result AS own WHERE own.course_id = crs.id AND own.user_id = usr.id
				UNION ALL SELECT mem.result_id FROM result_member AS mem WHERE mem.course_id = crs.id AND mem.user_id = usr.id)
			ORDER BY res.submitted_at DESC, res.id DESC LIMIT 1) AS res
		WHERE acc.id = 2 AND crs.canvas_id = 1001 AND asg.canvas_id = 501 AND usr.canvas_id = $1`, student)
	if err != nil {
		return nil, err
	}
	first := true
	err = h.eachRow(ctx, func(row [][]byte) {
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(appendMembers(append(b, '[', '{'), step, row[1:]), '}', ']')
	}, stepsQuery, courseID, []int64{id})
	return append(b, "]}}}}}}"...), err
}

func (h *referenceHandler) accounts(ctx context.Context, b []byte, _ *http.Request) ([]byte, error) {
	b = append(b, `{"data":{"accounts":{"nodes":[`...)
	cols := columns("canvasId code name active", "issb")
	last, first := "", true
	err := h.eachRow(ctx, func(row [][]byte) {
		if name := string(row[0]); name != last {
			if last != "" {
				b = append(b, "]}},"...)
			}
			b = append(appendValue(append(b, `{"name":`...), 's', row[0]), `,"courses":{"nodes":[`...)
			last, first = name, true
		}
		b = append(appendMembers(appendItemStart(b, &first), cols, row[1:]), '}')
	}, `SELECT acc.name, crs.canvas_id, crs.code, crs.name, crs.active FROM account AS acc JOIN course AS crs ON crs.account_id = acc.id WHERE crs.id = ANY($1) ORDER BY acc.id, crs.id`, access.FromContext(ctx).Courses(access.Reviewer))
	return append(b, "]}}]}}}"...), err
}
