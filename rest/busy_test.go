package rest

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/query"
)

// Operations of every kind of route that wait too long for a connection are a 503 with Retry-After.
func TestBusyStore(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		dbtest.Open(t, location)
		s, err := db.OpenWith(t.Context(), location, db.Options{Conns: 1, MaxWait: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		c := newTestServer(t, s)
		err = s.DB().InSnapshot(t.Context(), false, func(*query.Snapshot) error {
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
