package graph

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"github.com/momotor/resultgraph/internal/access"
)

// A caller has a limited number of running operations. Others of the same caller wait in their order
// and are RATE_LIMITED after maxCallerWait. They do not delay other callers.
func TestCallerLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		finish := make(chan struct{})
		log := slog.New(slog.DiscardHandler)
		e := newExecutor(newStub(t, func(ctx context.Context) *graphql.Response {
			if access.FromContext(ctx).KeyID == 1 {
				<-finish
			}
			return answerNulls(ctx)
		}), Limits{CallerOperations: 10}, newQueryCache(), nil, log)
		limit := newCallerLimit(2, errorPresenter(log))
		e.Use(limit)
		handler := newHandler(e, Limits{}, log)
		answers := make(chan *httptest.ResponseRecorder, 10)
		send := func(p *access.Principal) {
			r := httptest.NewRequestWithContext(access.WithPrincipal(t.Context(), p), "GET", "/graphql?query={__typename}", nil)
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			answers <- w
		}
		busy := &access.Principal{Kind: access.APIKey, KeyID: 1}
		for range 3 {
			go send(busy)
		}
		synctest.Wait()
		for _, other := range []*access.Principal{
			{Kind: access.APIKey, KeyID: 2}, {Kind: access.User, UserID: 1}, {}, {},
		} {
			send(other)
			if w := <-answers; w.Code != 200 {
				t.Errorf("the answer to %v is %d %s, want 200", other, w.Code, w.Body)
			}
		}
		start := time.Now()
		w := <-answers
		if w.Code != 429 || time.Since(start) != maxCallerWait {
			t.Errorf("the third operation has the answer %d %s after %s, want 429 after %s", w.Code, w.Body, time.Since(start), maxCallerWait)
		}
		if got, want := w.Body.String(), `"extensions":{"code":"RATE_LIMITED","retryAfter":2}`; !strings.Contains(got, want) {
			t.Errorf("the answer is %s, want %s", got, want)
		}
		go send(busy)
		synctest.Wait()
		close(finish)
		for range 3 {
			if w := <-answers; w.Code != 200 {
				t.Errorf("the answer is %d %s, want 200 when an operation finishes in time", w.Code, w.Body)
			}
		}
		if n := limit.slots.Len(); n != 0 {
			t.Errorf("%d callers are kept after their operations, want none", n)
		}
	})
}
