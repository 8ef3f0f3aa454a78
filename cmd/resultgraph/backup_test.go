package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/check"
)

// needPrograms skips a test if programs are missing, and fails it in CI.
func needPrograms(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal(err)
			}
			t.Skipf("%s is not installed", p)
		}
	}
}

// script runs a script of docs/deploy with a file of settings, and returns the last line of its output.
func (f *fixture) script(t *testing.T, name, argument string) string {
	t.Helper()
	settings := filepath.Join(t.TempDir(), "settings")
	writeFile(t, settings, fmt.Sprintf("RESULTGRAPH_DATA='%s'\nRESULTGRAPH_DATABASE='%s'\n", f.data, f.location))
	out, err := exec.Command("../../docs/deploy/"+name, argument, settings).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	t.Logf("%s: %s", name, lines[len(lines)-1])
	return lines[len(lines)-1]
}

// version returns the version of the course.
func (f *fixture) version(t *testing.T) (version int64) {
	t.Helper()
	store := dbtest.Open(t, f.location)
	defer store.Close()
	if err := store.SQL().QueryRowContext(t.Context(), "SELECT max(version) FROM course_version").Scan(&version); err != nil {
		t.Fatal(err)
	}
	return version
}

// uploadRecipes uploads new recipes until stop is called. Each recipe is a new file and new rows.
func (f *fixture) uploadRecipes(t *testing.T, p *subprocess) (stop func()) {
	t.Helper()
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for i := 0; ; i++ {
			select {
			case <-end:
				return
			default:
				if status, answer := f.send(t, p, "PATCH", f.path(), multipartType, recipeForm(fmt.Sprintf("%s<!-- %d -->", testRecipe, i))); status != 200 {
					t.Errorf("upload a recipe = %d %s", status, answer)
					return
				}
			}
		}
	}()
	return func() { close(end); <-ended }
}

// A backup that is made while files and rows are added restores after the loss of the database and of the data
// folder, on either database: check finds no fault, the results are complete, and versions exceed those that were
// given out after the backup.
func TestBackup(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		needPrograms(t, "rsync", "sqlite3", "pg_dump", "pg_restore", "psql")
		const students = 3
		f := newFixture(t, location, students)
		for i, student := range f.students {
			f.submit(student, float64(i))
		}
		p := f.serve(t)
		f.mustSend(t, p, 200, "PATCH", f.path(), multipartType, recipeForm(testRecipe))
		f.mustSend(t, p, 204, "POST", f.path()+"refresh/", formType, "")
		var results []gradedResult
		p.waitFor(t, "results", func() bool {
			results = f.results(t, p)
			return len(results) == students && !strings.Contains(fmt.Sprint(results), "queued") && !strings.Contains(fmt.Sprint(results), "processing")
		})
		target := t.TempDir()
		first := filepath.Join(target, "20260301T120000Z")
		if err := os.Rename(f.script(t, "backup.sh", target), first); err != nil {
			t.Fatal(err)
		}
		stop := f.uploadRecipes(t, p)
		backup := f.script(t, "backup.sh", target)
		stop()
		before := f.version(t)
		p.Kill()
		requireLinks(t, first, backup)

		f.data, f.location = filepath.Join(t.TempDir(), "data"), dbtest.SQLite(t)
		if strings.HasPrefix(location, "postgres") {
			f.location = dbtest.Postgres(t)
		}
		f.script(t, "restore.sh", backup)
		var findings []check.Finding
		parse(t, []byte(f.runCommand(t, "check", "--json")), &findings)
		for _, finding := range findings {
			if finding.State != check.OK && finding.Check != "engine" && finding.Check != "disk" {
				t.Errorf("check of the restored store: %+v", finding)
			}
		}
		if after := f.version(t); after <= before {
			t.Errorf("the version is %d after the restore, and was %d before", after, before)
		}
		p = f.serve(t)
		if got := f.results(t, p); !reflect.DeepEqual(got, results) {
			t.Errorf("the results are %+v, want %+v", got, results)
		}
	})
}

// requireLinks fails the test unless the files of a backup are those of the next one.
func requireLinks(t *testing.T, first, second string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(first, "blobs", "sha256"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		one, err := os.Stat(path)
		if err != nil {
			return err
		}
		other, err := os.Stat(strings.Replace(path, first, second, 1))
		if err != nil || !os.SameFile(one, other) {
			t.Errorf("%s is not linked: %v", path, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
