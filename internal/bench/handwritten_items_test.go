package bench

import (
	"bytes"
	"math"
	"strconv"

	"github.com/momotor/resultgraph/graph/scalar"
	"github.com/momotor/resultgraph/internal/jsonfloat"
	"github.com/momotor/resultgraph/internal/stats"
)

// marksStatement selects a row for each latest result that is done: the tasks, their scores, and their maximum
// scores, in the order of the recipe.
var marksStatement = statement{`SELECT st.tasks, st.scores, st.maxima
	FROM course AS crs JOIN assignment AS asg ON asg.course_id = crs.id
	JOIN result AS res ON res.course_id = crs.id AND res.assignment_id = asg.id AND res.is_latest
	CROSS JOIN LATERAL (
		SELECT string_agg(task_id, ' ') AS tasks, string_agg(CASE WHEN outcome = 'skip' OR score IS NULL THEN '' ELSE CAST(score AS text) END, ',') AS scores,
			string_agg(coalesce(CAST(max_score AS text), ''), ',') AS maxima
		FROM (SELECT task_id, outcome, score, max_score FROM step
			WHERE course_id = crs.id AND result_id = res.id AND step_id <> 'finalize' ORDER BY position, task OFFSET 0) AS st) AS st
	WHERE crs.account_id = $1 AND crs.canvas_id = $2 AND asg.canvas_id = $3 AND res.state = 'done' AND st.tasks IS NOT NULL`,
	[]string{"account", "course", "assignment"}}

// writeItems answers W10: the item analysis of an assignment whose results all have the same tasks, without
// skipped ones. Package stats has the formulas.
func writeItems(b *buffer, rows *rowReader) error {
	var tasks, maxima []byte
	var marks [][]float64
	same := true
	err := rows.each(func(row [][]byte) {
		if tasks == nil {
			tasks, maxima = bytes.Clone(row[0]), bytes.Clone(row[2])
			marks = make([][]float64, 1+bytes.Count(maxima, []byte{','}))
		}
		same = same && bytes.Equal(row[0], tasks) && bytes.Equal(row[2], maxima)
		eachMark(row[1], func(i int, v float64) { marks[i] = append(marks[i], v) })
	})
	if err != nil {
		return err
	}
	if !same {
		return errOtherTasks
	}
	limits := make([]float64, len(marks))
	eachMark(maxima, func(i int, v float64) { limits[i] = v })
	b.writeItems(bytes.Split(tasks, []byte{' '}), stats.Analyze(stats.Marks{Items: marks, Max: limits}, stats.Skipped(false)))
	return nil
}

// eachMark calls f with each number of a list. A missing number is NaN.
func eachMark(list []byte, f func(i int, v float64)) {
	for i := 0; ; i++ {
		text, rest, more := bytes.Cut(list, []byte{','})
		v, err := strconv.ParseFloat(string(text), 64)
		if err != nil {
			v = math.NaN()
		}
		f(i, v)
		if !more {
			return
		}
		list = rest
	}
}

func (b *buffer) writeItems(tasks [][]byte, a stats.ItemAnalysis) {
	b.body = strconv.AppendInt(append(b.body, `{"data":{"account":{"course":{"assignment":{"itemAnalysis":{"n":`...), int64(a.N), 10)
	b.appendFigures(wholeFigures, a.Mean, a.StandardDeviation, a.Alpha, a.StandardError, a.Skewness, a.Kurtosis)
	b.body = append(b.body, `,"items":[`...)
	for i, it := range a.Items {
		b.body = scalar.AppendString(append(appendItemStart(b.body, i == 0), `"taskId":`...), tasks[i])
		b.body = strconv.AppendInt(append(b.body, `,"n":`...), int64(it.N), 10)
		b.appendFigures(itemFigures, it.Mean, it.MaxScore, it.StandardDeviation, it.Facility, it.Discrimination, it.DiscriminativeEfficiency,
			it.EffectiveWeight, it.UpperLowerDifference, it.AlphaIfDropped)
		b.body = append(b.body, '}')
	}
	b.body = append(b.body, "]}}}}}}"...)
}

// The members of the analysis with figures that can be null.
var (
	wholeFigures = []string{"mean", "standardDeviation", "alpha", "standardError", "skewness", "kurtosis"}
	itemFigures  = []string{"mean", "maxScore", "standardDeviation", "facility", "discrimination", "discriminativeEfficiency", "effectiveWeight", "upperLowerDifference", "alphaIfDropped"}
)

func (b *buffer) appendFigures(names []string, values ...*float64) {
	for i, v := range values {
		b.body = append(append(append(b.body, `,"`...), names[i]...), `":`...)
		if v == nil {
			b.body = append(b.body, "null"...)
		} else {
			b.body = jsonfloat.Append(b.body, *v)
		}
	}
}
