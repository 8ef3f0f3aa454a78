package graph_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/graph/fastpath"
	"github.com/momotor/resultgraph/internal/access"
)

// A request gets the operation that it names, on both paths and also if another operation of the same
// document ran before.
func TestOperationsOfOneDocument(t *testing.T) {
	servers := newServers(t, dbtest.NewSQLite(t))
	const document = "query First { viewer { name } } query Second { viewer { kind } } query Third { v: viewer { name } }"
	ctx := access.WithPrincipal(t.Context(), &access.Principal{Kind: access.APIKey, Name: "caller"})
	for range 2 {
		for name, want := range map[string]string{
			"First": `{"data":{"viewer":{"name":"caller"}}}`, "Second": `{"data":{"viewer":{"kind":"API_KEY"}}}`, "Third": `{"data":{"v":{"name":"caller"}}}`,
		} {
			for path, server := range map[string]*graph.Server{"fast": servers.fast, "": servers.slow} {
				text, err := json.Marshal(map[string]string{"query": document, "operationName": name})
				if err != nil {
					t.Fatal(err)
				}
				r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", strings.NewReader(string(text)))
				r.Header.Set("Content-Type", "application/json")
				w := httptest.NewRecorder()
				server.ServeCaller(w, r)
				answeredBy, _, _ := strings.Cut(w.Header().Get(fastpath.Header), ";")
				if got := w.Body.String(); got != want || answeredBy != path {
					t.Errorf("%s = %s on the path %q, want %s on the path %q", name, got, answeredBy, want, path)
				}
			}
		}
	}
}
