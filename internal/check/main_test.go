package check

import (
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// requireFinding fails the test unless one of the findings has a check and a subject, and the given state. It
// returns the text of the finding.
func requireFinding(t *testing.T, findings []Finding, check, subject string, state State) string {
	t.Helper()
	for _, f := range findings {
		if f.Check == check && f.Subject == subject {
			if f.State != state || (f.ToDo == "") != (state == OK) {
				t.Errorf("%+v has the state %s, want %s, and something to do unless it is ok", f, f.State, state)
			}
			return f.Found
		}
	}
	t.Errorf("no finding about %s %q in %+v", check, subject, findings)
	return ""
}
