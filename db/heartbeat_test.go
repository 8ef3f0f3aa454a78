package db_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/jobs/retention"
)

// What a program had begun is handed on once it was silent for a lease, whichever way the
// clock went, and never by itself.
func TestBeat(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		pg := s.IsPostgres()
		ask(t, s, retention.Purge{})
		by, hour := `jsonb('["me"]')`, "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now', '%s1 hour')"
		if pg {
			by, hour = "'{me}'", "now() %s interval '1 hour'"
		}
		begin := "UPDATE river_job SET state = 'running', attempt = 1, attempted_by = " + by
		seen := func(sign string) string {
			return "UPDATE worker_instance SET seen_at = " + fmt.Sprintf(hour, sign) + " WHERE name = 'me'"
		}
		for _, tt := range []struct {
			what, who, before string
			lease             time.Duration
			want              int
		}{
			{"me of nobody", "me", "", time.Minute, 0},
			{"another one of me", "other", "", time.Minute, 0},
			{"me of me, after a pause", "me", "", 0, 0},
			{"another one of me, silent for an hour", "other", seen("-"), time.Minute, 1},
			{"another one of me, an hour ahead", "other", seen("+"), time.Minute, 1},
		} {
			dbtest.Exec(t, s, begin)
			if tt.before != "" {
				dbtest.Exec(t, s, tt.before)
			}
			if n, err := s.Heartbeat(t.Context(), tt.who, tt.lease); err != nil || n != tt.want {
				t.Errorf("what is handed on by %s: %d, %v, want %d", tt.what, n, err, tt.want)
			}
		}
		var attempt, killed int
		text := "metadata ->> '$.killed'"
		if pg {
			text = "metadata ->> 'killed'"
		}
		err := s.SQL().QueryRowContext(t.Context(), "SELECT attempt, CAST("+text+" AS integer) FROM river_job").Scan(&attempt, &killed)
		if err != nil || attempt != 0 || killed != 2 {
			t.Errorf("the work has %d goes and %d kills, %v, want none and 2", attempt, killed, err)
		}
		if err := s.DeleteHeartbeat(t.Context(), "me"); err != nil {
			t.Fatal(err)
		}
		dbtest.Exec(t, s, begin)
		if n, err := s.Heartbeat(t.Context(), "other", time.Minute); err != nil || n != 1 {
			t.Errorf("of a program that has left %d is handed on, %v, want 1", n, err)
		}
	})
}
