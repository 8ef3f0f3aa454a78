package graph_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/internal/access"
)

// waitingKeys is a key store that does not respond.
type waitingKeys struct{ access.Keys }

func (waitingKeys) KeyByPrefix(ctx context.Context, _ string) (access.KeyRecord, error) {
	<-ctx.Done()
	return access.KeyRecord{}, ctx.Err()
}

// A client without a valid key can neither fill the log with errors by hanging up, nor by waiting for
// the timeout.
func TestRejectedClientsWriteNoErrors(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	api := graph.NewServer(graph.Config{
		Store: dbtest.NewSQLite(t), Log: logger, Limits: graph.Limits{Timeout: time.Millisecond},
		Keys: &access.Authenticator{Keys: waitingKeys{}, Throttle: access.NewThrottle(time.Now), Now: time.Now, Log: logger},
	})
	closed, closeRequest := context.WithCancel(t.Context())
	closeRequest()
	for _, c := range []struct {
		ctx    context.Context
		status int
	}{{closed, 499}, {t.Context(), http.StatusServiceUnavailable}} {
		r := httptest.NewRequestWithContext(c.ctx, http.MethodGet, "/graphql?query={viewer{name}}", http.NoBody)
		r.Header.Set("Authorization", "Api-Key unknownK.secret")
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		if w.Code != c.status || strings.Contains(log.String(), "ERROR") {
			t.Errorf("the response is %d %s and the log %q, want %d and no error", w.Code, w.Body, &log, c.status)
		}
	}
	if got := strings.Count(log.String(), "WARN"); got != 1 {
		t.Errorf("the log is %q, want one warning, about the timeout", &log)
	}
}
