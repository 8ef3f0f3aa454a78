package bench

import (
	"bytes"
	"database/sql"
	"io"
	"net/http"
	"testing"

	"github.com/momotor/resultgraph/internal/loadtest"
)

// The handwritten server refuses a wrong key, also for what it has in memory.
func TestHandwrittenChecksKey(t *testing.T) {
	e, tgt := startHandwritten(t)
	for _, w := range workloads(e.student) {
		for key, allowed := range map[string]bool{e.key: true, e.key + "x": false, "unknown.secret": false} {
			c := &client{host: tgt.host}
			_, _, err := c.send(w.onHandwritten().request(tgt.host, key, ""), io.Discard)
			if allowed != (err == nil) {
				t.Errorf("%s: the key %.3s… of %d letters: %v", w.name, key, len(key), err)
			}
			c.close()
		}
	}
}

// The handwritten server returns 304 and what it has in memory until the course changes.
func TestHandwrittenChecksVersion(t *testing.T) {
	e, tgt := startHandwritten(t)
	pool, err := sql.Open("pgx", e.location)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	c := &client{host: tgt.host}
	defer c.close()
	w := get("", "", "/versioned/rest"+handAssignment, 0).onHandwritten()
	tag := ""
	send := func() (*http.Response, string) {
		var body bytes.Buffer
		res, _, err := c.send(w.request(tgt.host, e.key, tag), &body)
		if err != nil {
			t.Fatal(err)
		}
		tag = res.Header.Get("ETag")
		return res, body.String()
	}
	_, before := send()
	if res, _ := send(); res.StatusCode != http.StatusNotModified {
		t.Errorf("an unchanged course: %s, want 304", res.Status)
	}
	if _, err := pool.ExecContext(t.Context(), "UPDATE result SET label = 'changed' WHERE course_id = 101"); err != nil {
		t.Fatal(err)
	}
	if res, after := send(); res.StatusCode != http.StatusOK || after == before {
		t.Errorf("a changed course: %s, the same body: %t", res.Status, after == before)
	}
}

func startHandwritten(t *testing.T) (*environment, target) {
	t.Helper()
	e := setUp(t, loadtest.Tiny)
	e.startYardsticks(t)
	return e, e.targets[0]
}
