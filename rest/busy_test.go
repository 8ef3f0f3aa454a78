package rest

import (
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/query"
)

// openWithOneConnection opens a migrated store with one connection, for which operations wait at most
// maxWait.
func openWithOneConnection(t *testing.T, location string, maxWait time.Duration) *db.Store {
	t.Helper()
	dbtest.Open(t, location)
	s, err := db.OpenWith(t.Context(), location, db.Options{Conns: 1, MaxWait: maxWait})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// Operations of every kind of route that wait too long for a connection are a 503 with Retry-After.
func TestBusyStore(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		s := openWithOneConnection(t, location, time.Millisecond)
		c := newTestServer(t, s)
		err := s.DB().InSnapshot(t.Context(), false, func(*query.Snapshot) error {
			for _, path := range []string{"", "csv/", "9001/", "9001/bundle/", "9001/bundle/result.xml/"} {
				res := c.send(t, http.MethodGet, path)
				if res.status != 503 || res.header.Get("Retry-After") != "2" || !strings.Contains(res.body, "The server is busy") {
					t.Errorf("GET %s = %d %v %s, want 503 with Retry-After", path, res.status, res.header, res.body)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// Routes count as operations of their key: while one waits for a connection, another is a 429 with
// Retry-After.
func TestKeyLimit(t *testing.T) {
	t.Parallel()
	s := openWithOneConnection(t, dbtest.SQLite(t), time.Minute)
	c := newTestServer(t, s)
	first := make(chan response, 1)
	err := s.DB().InSnapshot(t.Context(), false, func(*query.Snapshot) error {
		go func() { first <- c.send(t, http.MethodGet, "") }()
		for s.DB().Waiting() == 0 {
			runtime.Gosched()
		}
		if res := c.send(t, http.MethodGet, ""); res.status != 429 || res.header.Get("Retry-After") != "2" {
			t.Errorf("the second operation of the key = %d %v %s, want 429 with Retry-After", res.status, res.header, res.body)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if res := <-first; res.status != 200 {
		t.Errorf("the first operation of the key = %d %s, want 200", res.status, res.body)
	}
}
