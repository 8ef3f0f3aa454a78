package rest

import "bytes"

// taskColumns are the tasks that have columns in a table.
type taskColumns struct {
	ids   [][]byte
	index map[string]int
}

func newColumns(ids []string) taskColumns {
	c := taskColumns{index: make(map[string]int, len(ids))}
	for i, id := range ids {
		c.ids = append(c.ids, []byte(id))
		c.index[id] = i
	}
	return c
}

// fillRow sets the cells for score and outcome of a row's tasks. It is fast for tasks in column
// order, as in most rows. It ignores tasks without a column: they were added after the start
// of the table.
func (c *taskColumns) fillRow(tasks []csvTask, cells [][]byte) {
	next := 0
	for _, t := range tasks {
		if next >= len(c.ids) || !bytes.Equal(c.ids[next], t.id) {
			i, ok := c.index[string(t.id)]
			if !ok {
				continue
			}
			next = i
		}
		cells[2*next], cells[2*next+1] = t.score, t.outcome
		next++
	}
}

// firstTasks returns the tasks of the first row that has tasks. It does not move the page.
func (p *csvPage) firstTasks() []csvTask {
	page := *p
	page.tasks = nil
	var cells [len(resultColumns)][]byte
	for page.readRow(cells[:]) {
		if len(page.tasks) > 0 {
			return page.tasks
		}
	}
	return nil
}

func taskIDs(tasks []csvTask) []string {
	ids := make([]string, len(tasks))
	for i, t := range tasks {
		ids[i] = string(t.id)
	}
	return ids
}

// sameTasks reports whether two rows have the same tasks in the same steps.
func sameTasks(a, b []csvTask) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].startsStep != b[i].startsStep || !bytes.Equal(a[i].id, b[i].id) {
			return false
		}
	}
	return true
}
