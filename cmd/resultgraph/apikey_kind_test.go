package main

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
)

// Keys with pseudonyms and for figures work from their creation to the responses of both APIs.
func TestAPIKeyKinds(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		f := newKeyFixture(t, location)
		create := func(args ...string) string {
			t.Helper()
			out, err := f.call(append([]string{"create", "--name", "x", "--course", "1/1001"}, args...)...)
			if err != nil {
				t.Fatal(err)
			}
			return strings.TrimSpace(out)
		}
		pseudonymous, figures, more := create("--pseudonymous"), create("--aggregates-only"), create("--aggregates-only", "--min-group", "30")
		list, err := f.call("list")
		for _, want := range []string{"read pseudonyms  ", "figures of 5 or more  ", "figures of 30 or more  ", "read and write  "} {
			if err != nil || strings.Count(list, want) != 1 {
				t.Errorf("apikey list = %s, %v; want one key with %q", list, err, want)
			}
		}
		p := start(t, "serve", "--jobs", "off", "--listen", "127.0.0.1:0", "--data", t.TempDir(), "--database", location)
		base := p.await(t, `GraphiQL +(http://\S+)/graphiql\n`)
		get := func(key, path string) (int, string) {
			t.Helper()
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "Api-Key "+key)
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			text, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			return res.StatusCode, string(text)
		}
		graphql := func(query string) string { return "/graphql?query=" + url.QueryEscape(query) }
		const viewer = "{ viewer { readOnly minGroup pseudonymous } }"
		users := "{ account(momotorId: 1) { course(canvasId: 1001) { users { nodes { name } } } } }"
		for _, c := range []struct {
			key, path string
			status    int
			want      string
		}{
			{f.key, graphql(viewer), 200, `{"readOnly":false,"minGroup":null,"pseudonymous":false}`},
			{pseudonymous, graphql(viewer), 200, `{"readOnly":true,"minGroup":null,"pseudonymous":true}`},
			{figures, graphql(viewer), 200, `{"readOnly":true,"minGroup":5,"pseudonymous":false}`},
			{more, graphql(viewer), 200, `"minGroup":30`},
			{f.key, graphql(users), 200, "Anna"},
			{pseudonymous, graphql(users), 200, "Student "},
			{figures, graphql(users), 403, "may read only figures"},
			{f.key, "/lti/api/account/1/course/1001/user/1/", 200, "Anna"},
			{pseudonymous, "/lti/api/account/1/course/1001/user/1/", 404, ""},
			{figures, "/lti/api/account/1/course/1001/user/1/", 403, ""},
			{figures, "/lti/api/account/1/course/1001/assignment/501/result/csv/", 403, ""},
			{figures, "/lti/api/account/1/course/1001/assignment/501/", 200, "Assignment"},
		} {
			if status, body := get(c.key, c.path); status != c.status || !strings.Contains(body, c.want) || c.key != f.key && strings.Contains(body, "Anna") {
				t.Errorf("%s with %s = %d %s, want %d %s", c.path, c.key, status, body, c.status, c.want)
			}
		}
		p.shutdown(t)
	})
}

// Flags of kinds that contradict each other create no key.
func TestAPIKeyKindErrors(t *testing.T) {
	t.Parallel()
	f := newKeyFixture(t, dbtest.SQLite(t))
	for _, c := range []struct{ args, want string }{
		{"--min-group 5", "--min-group needs --aggregates-only"},
		{"--aggregates-only --pseudonymous", "can't be used together"},
		{"--aggregates-only --min-group 1", "--min-group is 1, and must be from 2 to 1000"},
		{"--aggregates-only --min-group 1001", "must be from 2 to 1000"},
	} {
		args := append([]string{"create", "--name", "x", "--course", "1/1001"}, strings.Fields(c.args)...)
		if out, err := f.call(args...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("apikey create %s = %q, %v; want an error with %q", c.args, out, err, c.want)
		}
	}
	if list, err := f.call("list"); err != nil || strings.Count(list, "\n") != 2 {
		t.Errorf("apikey list = %s, %v; want only the first key", list, err)
	}
}
