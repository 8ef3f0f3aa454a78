package canvas

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// State is how far a job is.
type State string

// The states of a job, in order; a job ends in one of the last two.
const (
	Queued    State = "queued"
	Running   State = "running"
	Completed State = "completed"
	Failed    State = "failed"
)

// Progress is a job that Canvas does in its own time. Jobs of UpdateGrades for one course
// are done one after another.
type Progress struct {
	ID          ID        `json:"id"`
	ContextID   ID        `json:"context_id"`
	ContextType string    `json:"context_type"`
	UserID      ID        `json:"user_id"`
	Tag         string    `json:"tag"`
	Completion  float64   `json:"completion"` // percent; stays 0 in some jobs until they end
	State       State     `json:"workflow_state"`
	Message     string    `json:"message"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
	URL         string    `json:"url"`
}

// Done reports whether the job has ended. A job that failed may have written grades all
// the same: all but those it names. Read them back.
func (p Progress) Done() bool { return p.State == Completed || p.State == Failed }

var quotedID = regexp.MustCompile(`'((?:\d+~)?\d+)'`)

// Missing are the students whom the job did not find, of whom nothing was written: they
// left the course, or are not in the section. Canvas says so in the message only
// (Submission.process_bulk_update).
func (p Progress) Missing() []ID {
	names, ok := strings.CutPrefix(p.Message, "Couldn't find User(s) with API ids ")
	if !ok {
		return nil
	}
	var missing []ID
	for _, m := range quotedID.FindAllStringSubmatch(names, -1) {
		if id, err := ParseID(m[1]); err == nil {
			missing = append(missing, id)
		}
	}
	return missing
}

// Progress reads how far a job is.
func (c *Client) Progress(ctx context.Context, id ID) (Progress, error) {
	return one[Progress](ctx, c, c.get(fmt.Sprintf("read job %d", id), nil, "progress", id.String()))
}
