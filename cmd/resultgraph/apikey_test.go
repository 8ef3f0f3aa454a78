package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
)

// apikey list shows the state of each key and no secret. apikey revoke is final, and names an
// unknown key.
func TestAPIKeyListAndRevoke(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		f := newKeyFixture(t, location)
		readOnly, err := f.call("create", "--name", "reader", "--course", "1/1001", "--course", "1/1002", "--read-only")
		if err != nil {
			t.Fatal(err)
		}
		requireKeys := func(want ...string) {
			t.Helper()
			out, err := f.call("list")
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSpace(out), "\n")
			if len(lines) != 1+len(want) || !strings.HasPrefix(lines[0], "PREFIX") {
				t.Fatalf("apikey list = %s, want a header and %d keys", out, len(want))
			}
			for i, w := range want {
				if got := strings.Join(strings.Fields(lines[i+1])[5:], " "); got != w { // after the prefix, the name and the dates
					t.Errorf("key %d is %q, want %q", i, got, w)
				}
			}
			for _, key := range []string{f.key, readOnly} {
				if _, secret, _ := strings.Cut(strings.TrimSpace(key), "."); strings.Contains(out, secret) {
					t.Errorf("apikey list shows a secret: %s", out)
				}
			}
		}
		requireKeys("valid read and write 1/1001", "valid read 1/1001 1/1002")
		dbtest.Exec(t, f.store, "UPDATE api_key SET expires_at = created_at")
		requireKeys("expired read and write 1/1001", "expired read 1/1001 1/1002")
		dbtest.Exec(t, f.store, "UPDATE api_key SET expires_at = NULL")
		for range 2 {
			if out, err := f.call("revoke", f.prefix()); err != nil || out != "Revoked the key "+f.prefix()+".\n" {
				t.Errorf("apikey revoke = %q, %v", out, err)
			}
			requireKeys("revoked read and write 1/1001", "valid read 1/1001 1/1002")
		}
		if out, err := f.call("revoke", "unknownK"); err == nil || !strings.Contains(err.Error(), `"unknownK"`) {
			t.Errorf("apikey revoke of an unknown key = %q, %v; want an error that names it", out, err)
		}
	})
}

// After ten wrong secrets, guesses get a 429 with Retry-After in both APIs. The valid key is never
// refused, until it is revoked.
func TestGuessedKeys(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		f := newKeyFixture(t, location)
		p := start(t, "serve", "--jobs", "off", "--listen", "127.0.0.1:0", "--data", t.TempDir(), "--database", location)
		base := p.await(t, `GraphiQL +(http://\S+)/graphiql\n`)
		send := func(path, key string) (status int, retryAfter, body string) {
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
			return res.StatusCode, res.Header.Get("Retry-After"), string(text)
		}
		const rest, graphql = "/lti/api/account/1/course/1001/assignment/501/result/", "/graphql?query=%7Bviewer%7Bname%7D%7D"
		for i := range 10 {
			if status, _, body := send(rest, fmt.Sprintf("%s.wrong%d", f.prefix(), i)); status != 403 {
				t.Fatalf("guess %d = %d %s, want 403", i, status, body)
			}
		}
		for path, want := range map[string]string{rest: "Request was throttled", graphql: "RATE_LIMITED"} {
			if status, retryAfter, body := send(path, f.prefix()+".wrong"); status != 429 || retryAfter == "" || !strings.Contains(body, want) {
				t.Errorf("the next guess at %s = %d %s, Retry-After %q; want 429 with %q", path, status, body, retryAfter, want)
			}
		}
		for _, path := range []string{rest, graphql} {
			if status, _, body := send(path, f.key); status != 200 {
				t.Errorf("the valid key at %s = %d %s, want 200", path, status, body)
			}
		}
		if _, err := f.call("revoke", f.prefix()); err != nil {
			t.Fatal(err)
		}
		if status, _, body := send(rest, f.key); status != 403 {
			t.Errorf("the revoked key = %d %s, want 403", status, body)
		}
		p.shutdown(t)
	})
}
