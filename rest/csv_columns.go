package rest

import "bytes"

// columns are the tasks that have columns in a table.
type columns struct {
	ids [][]byte
	at  map[string]int
}

func newColumns(ids []string) columns {
	c := columns{at: make(map[string]int, len(ids))}
	for i, id := range ids {
		c.ids = append(c.ids, []byte(id))
		c.at[id] = i
	}
	return c
}

// place puts score and outcome of a row's tasks where their columns are. Most rows have
// the tasks in the order of the columns. One that has no column is new since the table
// began, and left out.
func (c *columns) place(tasks []task, cells [][]byte) {
	next := 0
	for _, t := range tasks {
		if next >= len(c.ids) || !bytes.Equal(c.ids[next], t.id) {
			i, ok := c.at[string(t.id)]
			if !ok {
				continue
			}
			next = i
		}
		cells[2*next], cells[2*next+1] = t.score, t.outcome
		next++
	}
}

// firstTasks returns the tasks of the first row that has any. The page stays where it is.
func (p *page) firstTasks() []task {
	look := *p
	look.tasks = nil
	var cells [len(resultColumns)][]byte
	for look.row(cells[:]) {
		if len(look.tasks) > 0 {
			return look.tasks
		}
	}
	return nil
}

func taskIDs(tasks []task) []string {
	ids := make([]string, len(tasks))
	for i, t := range tasks {
		ids[i] = string(t.id)
	}
	return ids
}

// sameTasks tells whether two rows have the same tasks in the same steps.
func sameTasks(a, b []task) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].begins != b[i].begins || !bytes.Equal(a[i].id, b[i].id) {
			return false
		}
	}
	return true
}
