package db_test

import (
	"fmt"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
)

// Connections to PostgreSQL replace the defaults that do not fit the program, and keep the values of the
// operator.
func TestConnectionSettings(t *testing.T) {
	t.Parallel()
	location := dbtest.MigratedPostgres(t)
	s := dbtest.Open(t, location)
	want := func(settings string) {
		t.Helper()
		var got string
		query := "SELECT concat_ws(' ', current_setting('plan_cache_mode'), current_setting('random_page_cost'), current_setting('jit'))"
		if err := dbtest.Open(t, location).DB().NewRaw(query).Scan(t.Context(), &got); err != nil || got != settings {
			t.Errorf("a new connection has the settings %q, %v; want %q", got, err, settings)
		}
	}
	want("force_generic_plan 1.1 off")
	for setting, value := range map[string]string{"random_page_cost": "3", "jit": "on"} {
		dbtest.Exec(t, s, fmt.Sprintf("DO $$ BEGIN EXECUTE format('ALTER DATABASE %%I SET %s = %s', current_database()); END $$", setting, value))
	}
	want("force_generic_plan 3 on")
}
