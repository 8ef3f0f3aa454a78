package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/check"
)

// A checkFixture is a store with a course, and the variables of an engine and of a secret key.
type checkFixture struct {
	*fixture
	variables map[string]string
}

func newCheckFixture(t *testing.T, location string) *checkFixture {
	t.Helper()
	f := newFixture(t, location, 0)
	return &checkFixture{f, map[string]string{
		"RESULTGRAPH_DATA": f.data, "RESULTGRAPH_DATABASE": f.location, "RESULTGRAPH_ENGINE": f.engine,
		"RESULTGRAPH_ENGINE_KEY": "testkey", "RESULTGRAPH_ENGINE_SECRET": "secret",
	}}
}

// states runs check with changed variables, and returns the states of its findings by check and subject. Its exit
// code must say whether one failed, each check must have a row in docs/operations.md, and the output must not contain
// a secret.
func (f *checkFixture) states(t *testing.T, changed map[string]string) map[string]check.State {
	t.Helper()
	variables := maps.Clone(f.variables)
	maps.Copy(variables, changed)
	var out, log strings.Builder
	err := run(t.Context(), []string{"check", "--json"}, func(name string) string { return variables[name] }, &out, &log)
	var findings []check.Finding
	parse(t, []byte(out.String()), &findings)
	if hasFailed := check.Worst(findings) == check.Failed; hasFailed != (exitCode(err) == exitFailed) {
		t.Errorf("check exits with %d after %+v", exitCode(err), findings)
	}
	for _, secret := range []string{f.canvas.Token(), variables["RESULTGRAPH_ENGINE_SECRET"], variables["RESULTGRAPH_SECRET_KEY"], "databasepassword"} {
		if text := out.String() + log.String() + fmt.Sprint(err); secret != "" && secret != "secret" && strings.Contains(text, secret) {
			t.Errorf("the output has the secret %q: %s", secret, text)
		}
	}
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]check.State{}
	for _, finding := range findings {
		if !strings.Contains(string(page), "\n| "+finding.Check+" |") {
			t.Errorf("docs/operations.md has no row for the check %q", finding.Check)
		}
		states[strings.TrimSpace(finding.Check+" "+finding.Subject)] = finding.State
	}
	return states
}

// require runs check with changed variables, and compares the state of one finding. If it is OK, all others must
// be too, except for the free space of this computer.
func (f *checkFixture) require(t *testing.T, name string, changed map[string]string, finding string, want check.State) {
	t.Helper()
	states := f.states(t, changed)
	if states[finding] != want {
		t.Errorf("%s: the states are %v, want %s for %s", name, states, want, finding)
	}
	for other, state := range states {
		if want == check.OK && state != check.OK && !strings.HasPrefix(other, "disk ") {
			t.Errorf("%s: the state of %s is %s", name, other, state)
		}
	}
}

// check finds each fault of a store and its surroundings, and changes nothing.
func TestCheck(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		f := newCheckFixture(t, location)
		f.require(t, "no fault", nil, "database", check.OK)
		const otherKey = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
		for _, fault := range []struct {
			name, variable, value, finding string
			want                           check.State
		}{
			{"another key", "RESULTGRAPH_SECRET_KEY", otherKey, "secret key", check.Failed},
			{"a malformed key", "RESULTGRAPH_SECRET_KEY", "notakeybutsecret", "secret key", check.Failed},
			{"wrong engine secret", "RESULTGRAPH_ENGINE_SECRET", "wrongsecret", "engine", check.Failed},
			{"engine without a key", "RESULTGRAPH_ENGINE_KEY", "", "engine", check.Failed},
			{"no engine", "RESULTGRAPH_ENGINE", "", "engine", check.Warning},
			{"setting out of range", "RESULTGRAPH_ANSWER_CACHE", "-1", "settings", check.Failed},
			{"open to all", "RESULTGRAPH_LISTEN", "0.0.0.0:8080", "settings", check.Warning},
			{"unreachable database", "RESULTGRAPH_DATABASE", "postgres://user:databasepassword@127.0.0.1:1/none", "database", check.Failed},
			{"missing data folder", "RESULTGRAPH_DATA", filepath.Join(f.data, "none"), "disk data folder", check.Failed},
		} {
			f.require(t, fault.name, map[string]string{fault.variable: fault.value}, fault.finding, fault.want)
		}
		if _, err := os.Stat(filepath.Join(f.data, "none")); !os.IsNotExist(err) {
			t.Errorf("check created the data folder: %v", err)
		}
		f.runCommand(t, "account", "unset", fmt.Sprint(account))
		f.require(t, "no token", nil, fmt.Sprintf("canvas account %d (University)", account), check.Warning)
		store := dbtest.Open(t, location)
		dbtest.Exec(t, store, "INSERT INTO migration (name, group_id) VALUES ('29990101000001', 99)")
		f.require(t, "newer schema", nil, "schema", check.Failed)
		dbtest.Exec(t, store, "DELETE FROM migration WHERE name >= '20261129000150'")
		f.require(t, "older schema", nil, "schema", check.Failed)
	})
}

// check finds a damaged SQLite file, unless it skips contents.
func TestCheckDamagedFile(t *testing.T) {
	t.Parallel()
	location := dbtest.MigratedSQLite(t)
	path := strings.TrimPrefix(location, "sqlite:")
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	garbage := []byte(strings.Repeat("garbage!", 512))
	if _, err := file.WriteAt(garbage, info.Size()/2/4096*4096); err != nil {
		t.Fatal(err)
	}
	file.Close()
	out, err := call(t, "check", "--json", "--database", location, "--data", t.TempDir())
	var findings []check.Finding
	if jsonErr := json.Unmarshal([]byte(out), &findings); jsonErr != nil || err == nil {
		t.Fatalf("check = %v, %v\n%s", err, jsonErr, out)
	}
	if findings[1].Check != "database" || findings[1].State != check.Failed {
		t.Errorf("the findings of a damaged file are %+v", findings)
	}
}
