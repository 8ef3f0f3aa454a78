package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
)

// runWith runs the program with a fresh data folder and a file of --config.
func runWith(t *testing.T, config string, args ...string) (stdout string, err error) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "settings")
	writeFile(t, file, config)
	var out, errOut bytes.Buffer
	variables := map[string]string{"RESULTGRAPH_DATA": filepath.Join(dir, "data"), "RESULTGRAPH_CONFIG": file}
	err = run(t.Context(), args, func(name string) string { return variables[name] }, &out, &errOut)
	return out.String(), err
}

// A wrong command line or setting exits with 2 and says what is wrong; a failure exits with 1.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		config string
		args   []string
		code   int
		want   string
	}{
		"unknown command":        {"", []string{"exort"}, 2, "exort"},
		"unknown flag":           {"", []string{"serve", "--lissten", ":1"}, 2, "--lissten"},
		"missing argument":       {"", []string{"import"}, 2, "<path>"},
		"setting out of range":   {"", []string{"serve", "--answer-cache", "-1"}, 2, "--answer-cache"},
		"limit below 1":          {"", []string{"serve", "--max-depth=-1"}, 2, "--max-depth"},
		"default above maximum":  {"", []string{"serve", "--default-page-size=1001"}, 2, "at most --max-page-size"},
		"no time to answer":      {"", []string{"serve", "--operation-timeout=-5s"}, 2, "--operation-timeout"},
		"unconfirmed":            {"", []string{"migrate", "down"}, 2, "--yes"},
		"contradiction":          {"", []string{"session", "revoke"}, 2, "--user"},
		"unknown name in file":   {"RESULTGRAPH_LISEN=:1\n", []string{"migrate", "up"}, 2, "RESULTGRAPH_LISEN, which is no setting"},
		"confirmation in file":   {"RESULTGRAPH_YES=1\n", []string{"migrate", "down", "--yes"}, 2, "RESULTGRAPH_YES"},
		"file of a file":         {"RESULTGRAPH_CONFIG=x\n", []string{"migrate", "up"}, 2, "RESULTGRAPH_CONFIG"},
		"known name in file":     {"RESULTGRAPH_LISTEN=:1\nRESULTGRAPH_LOG_LEVEL=warn\n", []string{"migrate", "up"}, 0, ""},
		"folder without a store": {"", []string{"apikey", "list"}, 1, "there is no store at"},
		"folder to import":       {"", []string{"import", "/nonexistent"}, 1, "nonexistent"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := runWith(t, test.config, test.args...)
			if code := exitCode(err); code != test.code || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("%q exits with %d and %v, want %d and a message with %q", test.args, code, err, test.code, test.want)
			}
		})
	}
}

// A command that needs data creates no store in the current folder.
func TestMissingStore(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"apikey", "list"}, {"account", "list"}, {"platform", "list"}, {"session", "list"}, {"sweep"}, {"apikey", "revoke", "x"}} {
		folder := filepath.Join(t.TempDir(), "data")
		_, err := runWith(t, "", append(args, "--data", folder)...)
		if err == nil || !strings.Contains(err.Error(), "there is no store at") {
			t.Errorf("%q fails with %v, want a message about the missing store", args, err)
		}
		if _, err := os.Stat(folder); !os.IsNotExist(err) {
			t.Errorf("%q creates %s", args, folder)
		}
	}
}

// The address of a SQLite store may have two slashes after the scheme.
func TestStoreWithSlashes(t *testing.T) {
	t.Parallel()
	address := "sqlite://" + filepath.Join(t.TempDir(), "store.db")
	for _, args := range [][]string{{"migrate", "up"}, {"apikey", "list"}} {
		if _, err := runWith(t, "", append(args, "--database", address)...); err != nil {
			t.Errorf("%q with %s fails with %v", args, address, err)
		}
	}
}

// Each list command prints a table, or with --json an array with an object for each row.
func TestListsAsJSON(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		f := newFixture(t, location, 2)
		f.runCommand(t, "platform", "add", "--issuer", "https://canvas.instructure.com", "--client-id", "10000000000001")
		for command, least := range map[string]int{"apikey": 1, "account": 1, "platform": 1, "session": 0} {
			table := f.runCommand(t, command, "list")
			var rows []map[string]any
			parse(t, []byte(f.runCommand(t, command, "list", "--json")), &rows)
			if lines := strings.Count(table, "\n"); rows == nil || len(rows) < least || lines != len(rows)+1 {
				t.Errorf("%s list prints %d lines, and %d objects with --json, want one line more, and %d objects or more", command, lines, len(rows), least)
			}
		}
	})
}

func TestVersion(t *testing.T) {
	t.Parallel()
	out, err := runWith(t, "", "--version")
	if err != nil || !strings.HasPrefix(out, "resultgraph (devel)") && !strings.HasPrefix(out, "resultgraph v") {
		t.Errorf("--version prints %q, %v; want the version", out, err)
	}
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		"":                    "serve import export apikey",
		"ap":                  "apikey",
		"apikey ":             "create list update revoke",
		"apikey list --j":     "--json",
		"serve --fast-path ":  "on off",
		"serve --log-level i": "info",
		"serve --answer":      "--answer-cache",
		"nothing ":            "serve",
	} {
		out, err := runWith(t, "", append([]string{"completion", "words", "--"}, strings.Split(words, " ")...)...)
		got := strings.Join(strings.Fields(out), " ")
		if err != nil || !strings.HasPrefix(got, want) {
			t.Errorf("%q is continued by %q, %v; want %q", words, got, err, want)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if out, err := runWith(t, "", "completion", shell); err != nil || !strings.Contains(out, "completion words") {
			t.Errorf("the script of %s is %q, %v", shell, out, err)
		}
	}
}
