package db_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/jobs/retention"
)

// Heartbeat releases the jobs of other instances that sent no heartbeat within a lease, even if a
// clock was set back, and never its own jobs.
func TestHeartbeat(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		pg := s.IsPostgres()
		insertJobs(t, s, retention.Purge{})
		attemptedBy, hour := `jsonb('["first"]')`, "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now', '%s1 hour')"
		if pg {
			attemptedBy, hour = "'{first}'", "now() %s interval '1 hour'"
		}
		startJob := "UPDATE river_job SET state = 'running', attempt = 1, attempted_by = " + attemptedBy
		setHeartbeat := func(sign string) string {
			return "UPDATE worker_instance SET seen_at = " + fmt.Sprintf(hour, sign) + " WHERE name = 'first'"
		}
		for _, tt := range []struct {
			name, instance, setup string
			lease                 time.Duration
			want                  int
		}{
			{"the instance's own job", "first", "", time.Minute, 0},
			{"the job of a live instance", "second", "", time.Minute, 0},
			{"the instance's own job after the lease", "first", "", 0, 0},
			{"the job of an instance without a heartbeat for an hour", "second", setHeartbeat("-"), time.Minute, 1},
			{"the job of an instance with a heartbeat in one hour", "second", setHeartbeat("+"), time.Minute, 1},
		} {
			dbtest.Exec(t, s, startJob)
			if tt.setup != "" {
				dbtest.Exec(t, s, tt.setup)
			}
			if n, err := s.Heartbeat(t.Context(), tt.instance, tt.lease); err != nil || n != tt.want {
				t.Errorf("%s: Heartbeat released %d, %v, want %d", tt.name, n, err, tt.want)
			}
		}
		var attempt, killed int
		killCount := "metadata ->> '$.killed'"
		if pg {
			killCount = "metadata ->> 'killed'"
		}
		err := s.SQL().QueryRowContext(t.Context(), "SELECT attempt, CAST("+killCount+" AS integer) FROM river_job").Scan(&attempt, &killed)
		if err != nil || attempt != 0 || killed != 2 {
			t.Errorf("the job has %d attempts and was killed %d times, %v, want 0 and 2", attempt, killed, err)
		}
		if err := s.DeleteHeartbeat(t.Context(), "first"); err != nil {
			t.Fatal(err)
		}
		dbtest.Exec(t, s, startJob)
		if n, err := s.Heartbeat(t.Context(), "second", time.Minute); err != nil || n != 1 {
			t.Errorf("after DeleteHeartbeat: Heartbeat released %d, %v, want 1", n, err)
		}
	})
}
