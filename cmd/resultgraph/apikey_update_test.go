package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
)

// A keyFixture is a store with two courses and a key for the first.
type keyFixture struct {
	t        *testing.T
	store    *db.Store
	location string
	key      string // in plain text
}

func newKeyFixture(t *testing.T, location string) *keyFixture {
	t.Helper()
	f := &keyFixture{t: t, store: dbtest.Open(t, location), location: location}
	dbtest.NewFixture(t, f.store)
	dbtest.Exec(t, f.store, "UPDATE bundle SET sha256 = NULL") // has no blobs
	out, err := f.call("create", "--name", "dashboard", "--course", "1/1001")
	if err != nil {
		t.Fatal(err)
	}
	f.key = strings.TrimSpace(out)
	return f
}

func (f *keyFixture) prefix() string { return f.key[:strings.Index(f.key, ".")] }

// call runs a subcommand of apikey.
func (f *keyFixture) call(args ...string) (string, error) {
	var out bytes.Buffer
	err := run(f.t.Context(), append([]string{"apikey", "--database", f.location, "--data", f.t.TempDir()}, args...), emptyEnvironment, &out, &out)
	return out.String(), err
}

// line returns the line of the key in apikey list, with single spaces.
func (f *keyFixture) line() string {
	f.t.Helper()
	out, err := f.call("list")
	if err != nil {
		f.t.Fatal(err)
	}
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, f.prefix()) {
			return strings.Join(strings.Fields(line)[1:], " ")
		}
	}
	f.t.Fatalf("apikey list = %q, want a line with %s", out, f.prefix())
	return ""
}

// Each flag of apikey update changes one property of a key, as apikey list shows.
func TestAPIKeyUpdate(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		f := newKeyFixture(t, location)
		today := time.Now().UTC().Format(time.DateOnly)
		want := "dashboard " + today + " never never valid read and write 1/1001"
		for _, step := range []struct {
			args []string
			old  string
			new  string
		}{
			{[]string{"--name", " science team "}, "dashboard", "science team"},
			{[]string{"--expires-at", "2126-08-31"}, today + " never", today + " 2126-08-31"},
			{[]string{"--course", "1/1001", "--course", "1/1002"}, "1/1001", "1/1001 1/1002"},
			{[]string{"--course", "1/1002"}, "1/1001 1/1002", "1/1002"},
			{[]string{"--never-expires", "--name", "tool"}, "science team " + today + " 2126-08-31", "tool " + today + " never"},
		} {
			out, err := f.call(append([]string{"update", f.prefix()}, step.args...)...)
			if err != nil || !strings.HasPrefix(out, "Updated the key "+f.prefix()+". If it is imported, the next import ") {
				t.Fatalf("apikey update %v = %q, %v", step.args, out, err)
			}
			if want = strings.Replace(want, step.old, step.new, 1); f.line() != want {
				t.Errorf("after apikey update %v the key is %q, want %q", step.args, f.line(), want)
			}
		}
	})
}

// Environment variables neither change a key nor confirm a deletion.
func TestVariablesConfirmNothing(t *testing.T) {
	t.Parallel()
	f := newKeyFixture(t, dbtest.SQLite(t))
	variables := func(name string) string {
		return map[string]string{
			"RESULTGRAPH_NAME": "x", "RESULTGRAPH_COURSE": "1/1002", "RESULTGRAPH_EXPIRES_AT": "2126-08-31", "RESULTGRAPH_NEVER_EXPIRES": "true",
			"RESULTGRAPH_YES": "true", "RESULTGRAPH_FORCE": "true", "RESULTGRAPH_DATABASE": f.location, "RESULTGRAPH_DATA": f.t.TempDir(),
		}[name]
	}
	before := f.line()
	var out bytes.Buffer
	for _, args := range [][]string{{"apikey", "update", f.prefix()}, {"migrate", "down"}} {
		if err := run(t.Context(), args, variables, &out, &out); err == nil {
			t.Errorf("%v with variables for its flags = nil, want an error", args)
		}
	}
	if err := run(t.Context(), []string{"sweep"}, variables, &out, &out); err != nil || strings.Contains(out.String(), "Swept") {
		t.Errorf("sweep with RESULTGRAPH_FORCE = %v\n%s\nwant only the plan", err, &out)
	}
	if f.line() != before {
		t.Errorf("the key is %q, want %q", f.line(), before)
	}
}

// A wrong flag of apikey update changes nothing.
func TestAPIKeyUpdateErrors(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		f := newKeyFixture(t, location)
		before := f.line()
		for _, c := range []struct {
			args []string
			want string
		}{
			{[]string{f.prefix()}, "nothing to change: give --name, --course, --expires-at or --never-expires"},
			{[]string{f.prefix(), "--name", " "}, "--name must have 1 to 200 characters"},
			{[]string{f.prefix(), "--name", strings.Repeat("x", 201)}, "--name must have 1 to 200 characters"},
			{[]string{f.prefix(), "--name", "two\nlines"}, "all printable"},
			{[]string{f.prefix(), "--name", "not UTF-8\xff"}, "all printable"},
			{[]string{f.prefix(), "--name", "right to left\u202e"}, "all printable"},
			{[]string{f.prefix(), "--name", "x", "--expires-at", "2020-01-31"}, "--expires-at is in the past"},
			{[]string{f.prefix(), "--name", "x", "--course", "1/9"}, "find course 9 of account 1: not found"},
			{[]string{f.prefix(), "--expires-at", "2126-01-31", "--never-expires"}, "can't be used together"},
			{[]string{"unknownK", "--name", "x"}, `no key has the prefix "unknownK"`},
			{[]string{"--name", "x"}, "<prefix>"},
		} {
			if out, err := f.call(append([]string{"update"}, c.args...)...); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("apikey update %v = %q, %v; want an error with %q", c.args, out, err, c.want)
			}
		}
		if after := f.line(); after != before {
			t.Errorf("the key is %q after the errors, want %q", after, before)
		}
		if _, err := f.call("revoke", f.prefix()); err != nil {
			t.Fatal(err)
		}
		if _, err := f.call("update", f.prefix(), "--name", "x"); err == nil || !strings.Contains(err.Error(), "is revoked: create a new one") {
			t.Errorf("apikey update of a revoked key: %v", err)
		}
	})
}
