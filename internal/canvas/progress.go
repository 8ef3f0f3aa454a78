package canvas

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// State is the state of a job.
type State string

// The states of a job, in order. The last two are final.
const (
	Queued    State = "queued"
	Running   State = "running"
	Completed State = "completed"
	Failed    State = "failed"
)

// Progress is a background job of Canvas. Canvas runs the UpdateGrades jobs of a course one
// after another.
type Progress struct {
	ID          ID        `json:"id"`
	ContextID   ID        `json:"context_id"`
	ContextType string    `json:"context_type"`
	UserID      ID        `json:"user_id"`
	Tag         string    `json:"tag"`
	Completion  float64   `json:"completion"` // percent; stays 0 for some jobs until they end
	State       State     `json:"workflow_state"`
	Message     string    `json:"message"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
	URL         string    `json:"url"`
}

// Done reports whether the job has ended. A failed job may still have applied all grades except
// those in its message: read them back.
func (p Progress) Done() bool { return p.State == Completed || p.State == Failed }

var quotedID = regexp.MustCompile(`'((?:\d+~)?\d+)'`)

// Missing returns the students that the job did not find, so that their grades were not applied:
// they have left the course or are not in the section. Only the message contains them
// (Submission.process_bulk_update of Canvas).
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

// Progress reads a job.
func (c *Client) Progress(ctx context.Context, id ID) (Progress, error) {
	return fetchOne[Progress](ctx, c, c.get(fmt.Sprintf("read job %d", id), nil, "progress", id.String()))
}
