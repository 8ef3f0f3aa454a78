package bench

var assignmentsStatement = statement{`SELECT asg.id, asg.name, crs.name FROM course AS crs JOIN assignment AS asg ON asg.course_id = crs.id
	WHERE crs.account_id = $1 AND crs.canvas_id = $2 ORDER BY asg.id`, []string{"account", "course"}}

// nestedStatement orders the assignments before it joins them to their results, which are in order
// themselves.
var nestedStatement = statement{`SELECT asg.id, res.id, ` + resultColumns + `
	FROM (SELECT asg.* FROM course AS crs JOIN assignment AS asg ON asg.course_id = crs.id WHERE crs.account_id = $1 AND crs.canvas_id = $2 ORDER BY asg.id OFFSET 0) AS asg
	CROSS JOIN LATERAL (SELECT * FROM result WHERE course_id = asg.course_id AND assignment_id = asg.id AND is_latest ORDER BY id LIMIT $3) AS res
	ORDER BY asg.id`, []string{"account", "course", "first"}}

// nestedStepsStatement selects the steps of the same results. Each result's steps are in order.
var nestedStepsStatement = statement{`SELECT res.id, ` + stepColumns + `
	FROM (SELECT asg.id AS assignment_id, res.id, res.course_id FROM course AS crs JOIN assignment AS asg ON asg.course_id = crs.id
		CROSS JOIN LATERAL (SELECT id, course_id FROM result WHERE course_id = asg.course_id AND assignment_id = asg.id AND is_latest ORDER BY id LIMIT $3) AS res
		WHERE crs.account_id = $1 AND crs.canvas_id = $2 ORDER BY asg.id, res.id OFFSET 0) AS res
	CROSS JOIN LATERAL (SELECT * FROM step WHERE course_id = res.course_id AND result_id = res.id ORDER BY position, task OFFSET 0) AS st
	ORDER BY res.assignment_id, res.id`, []string{"account", "course", "first"}}

const stepColumns = `st.task_id, st.accepted, st.has_error, st.label, st.score, st.max_score, st.outcome, st.summary`

// writeNested answers W2 and W3: the assignments of a course, their first results, and their steps.
func writeNested(b *buffer, rows *rowReader) error {
	b.body = append(b.body, `{"data":{"account":{"course":{"name":`...)
	for _, read := range []func(*rowReader) error{b.sections.read, b.readAssignments, b.readResults, b.writeSteps} {
		if err := read(rows); err != nil {
			return err
		}
	}
	return nil
}

// readAssignments writes the name of the course, and keeps the assignments in b.parents.
func (b *buffer) readAssignments(rows *rowReader) error {
	return rows.each(func(row [][]byte) {
		if len(b.parents.ids) == 0 {
			b.body = append(b.appendValue(b.body, 's', row[2]), `,"assignments":{"nodes":[`...)
		}
		b.parents.text = append(b.appendValue(append(b.parents.text, `{"name":`...), 's', row[1]), `,"results":{"nodes":[`...)
		b.parents.end(parseNumber(row[0]))
	})
}

// readResults keeps in b.items the text before the steps of each result, and the end of the body. The text of an
// assignment's first result includes the end of the assignments before and the start of its own.
func (b *buffer) readResults(rows *rowReader) error {
	started := 0 // the number of assignments
	err := rows.each(func(row [][]byte) {
		first := false
		for parent := parseNumber(row[0]); started == 0 || b.parents.ids[started-1] != parent; started++ {
			b.startAssignment(started)
			first = true
		}
		b.items.text = b.appendMembers(appendItemStart(b.items.text, first), result, row[2:])
		b.items.text = append(b.items.text, `,"steps":[`...)
		b.items.end(parseNumber(row[1]))
	})
	for ; started < len(b.parents.ids); started++ {
		b.startAssignment(started)
	}
	b.items.text = append(b.items.text, "]}}]}}}}}"...)
	b.items.end(0)
	return err
}

func (b *buffer) startAssignment(i int) {
	if i > 0 {
		b.items.text = append(b.items.text, "]}},"...)
	}
	b.items.text = append(b.items.text, b.parents.at(i)...)
}

// writeSteps writes the results of b.items with their steps. It fails for steps of other results.
func (b *buffer) writeSteps(rows *rowReader) error {
	at, end := 0, len(b.items.ids)-1
	next := func() {
		at++
		b.body = append(append(b.body, "]}"...), b.items.at(at)...)
	}
	b.body = append(b.body, b.items.at(0)...)
	err := rows.each(func(row [][]byte) {
		for id := parseNumber(row[0]); at < end && b.items.ids[at] != id; {
			next()
		}
		b.appendStep(row[1:])
	})
	if err == nil && at == end && end > 0 {
		return errUnordered
	}
	for at < end {
		next()
	}
	return err
}

// appendStep appends a step to a list. Each is a group of its own.
func (b *buffer) appendStep(row [][]byte) {
	if b.body[len(b.body)-1] != '[' {
		b.body = append(b.body, ',')
	}
	b.body = append(b.appendMembers(append(b.body, "[{"...), step, row), "}]"...)
}
