package db

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/momotor/resultgraph/db/query"
)

// Figures of steps read one row for each result, because results have many steps. The row has a text with
// a line for the tasks of the result, a line for their places in the recipe, and one line of values of
// the tasks for each expression. Most results of an assignment have the same tasks, so that readers parse
// the first two lines only when they change.
//
// Control characters end the names of tasks and the lines, because escapes of the names would take as long to
// write as all other lines together. Neither XML nor the importer lets the id of a task have them.
const (
	nameSeparator = 0x1f
	lineSeparator = 0x1e
)

// place is the SQL of the place of a task in the recipe: the position of its step and, unless it is 0, the number
// of the task in the step.
const place = "CASE stp.task WHEN 0 THEN CAST(stp.position AS text) ELSE stp.position || ' ' || stp.task END"

// areSuccessive is the SQL of whether the tasks of a result are those of the first steps, one of each: the rows
// of a result differ in step or task.
const areSuccessive = "max(stp.task) = 0 AND max(stp.position) = count(*) - 1"

// stepLines returns the SQL of the text for result res in the course parent.k0, which the caller must see. It is
// NULL if no step meets the condition. Each expression returns text without a comma or a control character, or
// NULL, from the outcome, accepted and the scores of a step. The line of places is empty if the tasks are
// successive: most are, and to write numbers takes long.
func stepLines(sc query.Scope, condition string, expressions ...query.Clause) query.Clause {
	steps := query.SQL(`FROM (SELECT stp.position, stp.task, stp.task_id, stp.outcome, stp.accepted, stp.score, stp.max_score FROM step AS stp
		WHERE stp.course_id = parent.k0 AND stp.result_id = res.id AND `+condition+` AND ? ORDER BY stp.position, stp.task) AS stp`,
		visibleStepsOfResult(sc, parentCourse))
	places := query.SQL("CASE WHEN "+areSuccessive+" THEN '' ELSE (SELECT string_agg("+place+", ',') ?) END", steps)
	lines := query.SQL("string_agg(stp.task_id, ?) || ? || ?", character(nameSeparator), character(lineSeparator), places)
	for _, e := range expressions {
		lines = query.SQL("? || ? || string_agg(coalesce(?, ''), ',')", lines, character(lineSeparator), e)
	}
	return query.SQL("(SELECT ? ?)", lines, steps)
}

// character returns the SQL of a character.
func character(code int) query.Clause {
	return query.Dialect(fmt.Sprintf("chr(%d)", code), fmt.Sprintf("char(%d)", code))
}

// numberText returns the SQL of a number as text with all its digits. SQLite's printf writes NULL as 0.
func numberText(column string) query.Clause {
	return query.Dialect("CAST("+column+" AS text)", "CASE WHEN "+column+" IS NOT NULL THEN printf('%!.17g', "+column+") END")
}

// A taskTable has the tasks of all results that were added, each with an index in the order of their
// discovery.
type taskTable struct {
	tasks   []taskPlace
	indexes map[string]int
	// header are the first two lines of the latest text, and latest the indexes of its tasks.
	header []byte
	latest []int
	// lines is the buffer for the lines of a text.
	lines [][]byte
	// same is set if the latest text had the tasks of the text before it.
	same bool
	// rows is the number of results and tasks that were added.
	rows int64
}

// A taskPlace is a task with the first place that it has in the recipes of results.
type taskPlace struct {
	id             string
	position, task int
}

func (p taskPlace) compare(other taskPlace) int {
	return cmp.Or(cmp.Compare(p.position, other.position), cmp.Compare(p.task, other.task), cmp.Compare(p.id, other.id))
}

// add adds the tasks of a text of stepLines. It returns their indexes, and the lines of values. They are
// valid until the next call.
func (t *taskTable) add(text []byte) (indexes []int, values [][]byte, err error) {
	t.lines = t.lines[:0]
	for line := range bytes.SplitSeq(text, []byte{lineSeparator}) {
		t.lines = append(t.lines, line)
	}
	lines := t.lines
	if len(lines) < 3 {
		return nil, nil, fmt.Errorf("read the steps of a result: the text has %d lines", len(lines))
	}
	header := text[:len(lines[0])+1+len(lines[1])]
	t.same = t.header != nil && bytes.Equal(header, t.header)
	if !t.same {
		if err := t.parseHeader(lines[0], lines[1]); err != nil {
			return nil, nil, fmt.Errorf("read the steps of a result: %w", err)
		}
		t.header = append(t.header[:0], header...)
	}
	if !isListOf(len(t.latest), lines[2]) {
		return nil, nil, errSeparatorInID
	}
	t.rows += 1 + int64(len(t.latest))
	return t.latest, lines[2:], nil
}

// errSeparatorInID is the error for a text with more names than values.
var errSeparatorInID = errors.New("the id of a task has the character U+001F: change the id and process the results again")

// isListOf reports whether a line has a number of values.
func isListOf(n int, line []byte) bool { return bytes.Count(line, []byte{','}) == n-1 }

// parseHeader sets t.latest.
func (t *taskTable) parseHeader(names, places []byte) error {
	t.latest = t.latest[:0]
	ids, texts := bytes.Split(names, []byte{nameSeparator}), bytes.Split(places, []byte{','})
	if len(places) > 0 && !isListOf(len(ids), places) {
		return errSeparatorInID
	}
	for i, id := range ids {
		place := taskPlace{id: string(id), position: i}
		if len(places) > 0 {
			if err := place.parse(string(texts[i])); err != nil {
				return err
			}
		}
		t.latest = append(t.latest, t.index(place))
	}
	return nil
}

// parse sets the place to the value of the SQL place.
func (p *taskPlace) parse(text string) (err error) {
	position, task, hasTask := strings.Cut(text, " ")
	if hasTask {
		if p.task, err = strconv.Atoi(task); err != nil {
			return err
		}
	}
	p.position, err = strconv.Atoi(position)
	return err
}

// index returns the index of a task, and adds it if it is new.
func (t *taskTable) index(place taskPlace) int {
	i, ok := t.indexes[place.id]
	if !ok {
		if t.indexes == nil {
			t.indexes = map[string]int{}
		}
		i = len(t.tasks)
		t.indexes[place.id] = i
		t.tasks = append(t.tasks, place)
	} else if place.compare(t.tasks[i]) < 0 {
		t.tasks[i] = place
	}
	return i
}

// inRecipeOrder returns the indexes of all tasks in the order of the recipe.
func (t *taskTable) inRecipeOrder() []int {
	order := make([]int, len(t.tasks))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return t.tasks[a].compare(t.tasks[b]) })
	return order
}

// parseNumbers calls f with the index and the number of each value in a line that is not NULL.
func parseNumbers(line []byte, f func(i int, v float64)) error {
	for i := 0; ; i++ {
		text, rest, more := bytes.Cut(line, []byte{','})
		if len(text) > 0 {
			v, err := strconv.ParseFloat(string(text), 64)
			if err != nil {
				return fmt.Errorf("read the values of a step: %w", err)
			}
			f(i, v)
		}
		if !more {
			return nil
		}
		line = rest
	}
}
