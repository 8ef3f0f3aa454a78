package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/momotor/resultgraph/graph/fastpath"
	"github.com/momotor/resultgraph/internal/conditional"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/spool"
)

// A stubSchema is the schema of testdata/guard.graphqls. Its function respond answers every
// operation.
type stubSchema struct {
	schema  *ast.Schema
	respond func(ctx context.Context) *graphql.Response
}

func newStub(t testing.TB, respond func(ctx context.Context) *graphql.Response) stubSchema {
	t.Helper()
	return stubSchema{gqlparser.MustLoadSchema(&ast.Source{Input: readTestdata(t, "guard.graphqls")}), respond}
}

func readTestdata(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (s stubSchema) Schema() *ast.Schema { return s.schema }

func (s stubSchema) Complexity(context.Context, string, string, int, map[string]any) (int, bool) {
	return 0, false
}

func (s stubSchema) Exec(ctx context.Context) graphql.ResponseHandler {
	return func(ctx context.Context) *graphql.Response { return s.respond(ctx) }
}

// answerNulls responds with null for every root field.
func answerNulls(ctx context.Context) *graphql.Response {
	op := graphql.GetOperationContext(ctx)
	data := map[string]any{}
	for _, f := range graphql.CollectFields(op, op.Operation.SelectionSet, []string{"Query"}) {
		data[f.Alias] = nil
		if f.Name == "__typename" {
			data[f.Alias] = "Query"
		}
	}
	text, _ := json.Marshal(data)
	return &graphql.Response{Data: text}
}

// A call is one HTTP request. The body of a POST is JSON unless header sets its type.
type call struct {
	method, query, accept, body string
	header                      map[string]string
}

func (c call) do(h http.Handler) *httptest.ResponseRecorder {
	r := httptest.NewRequest(c.method, "/graphql"+c.query, strings.NewReader(c.body))
	if c.method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.accept != "" {
		r.Header.Set("Accept", c.accept)
	}
	for name, value := range c.header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func post(body string) call { return call{method: "POST", body: body} }

func get(params ...string) call {
	v := url.Values{}
	for i := 0; i < len(params); i += 2 {
		v.Set(params[i], params[i+1])
	}
	return call{method: "GET", query: "?" + v.Encode()}
}

func (c call) withAccept(accept string) call { c.accept = accept; return c }

func (c call) withHeader(name, value string) call {
	c.header = map[string]string{name: value}
	return c
}

// newTestHandler returns a handler whose log is discarded.
func newTestHandler(es graphql.ExecutableSchema, lim Limits) http.Handler {
	log := slog.New(slog.DiscardHandler)
	return newHandler(newExecutor(es, lim, newQueryCache(), nil, log), lim, log)
}

// A panic outside the resolvers is an INTERNAL error if the response has not begun. A later panic
// closes the connection.
func TestPanic(t *testing.T) {
	t.Parallel()
	srv := newTestHandler(newStub(t, func(context.Context) *graphql.Response { panic("secret") }), Limits{})
	w := get("query", "{__typename}").do(srv)
	if body := w.Body.String(); w.Code != 500 || !strings.Contains(body, `"code":"INTERNAL"`) || strings.Contains(body, "secret") {
		t.Errorf("panic before the response = %d %s, want 500 INTERNAL", w.Code, body)
	}
	srv = newTestHandler(newStub(t, func(ctx context.Context) *graphql.Response {
		_, report := fastpath.EnsureReport(ctx)
		if sink, err := report.Stream("fast"); err == nil {
			_, _ = sink.Write([]byte("{"))
		}
		panic("secret")
	}), Limits{})
	defer func() {
		if v := recover(); v != http.ErrAbortHandler {
			t.Errorf("panic within the response: recovered %v, want %v", v, http.ErrAbortHandler)
		}
	}()
	w = get("query", "{__typename}").do(srv)
	t.Errorf("panic within the response = %d %s, want the handler to panic", w.Code, w.Body)
}

func TestTransport(t *testing.T) {
	t.Parallel()
	srv := newTestHandler(newStub(t, answerNulls), Limits{BodyBytes: 2000})
	const typename = `{"query":"{ __typename }"}`
	const ok = `{"data":{"__typename":"Query"}}`
	const variable = `query V($id: ID!) { node(id: $id) { id } }`
	for name, c := range map[string]struct {
		call
		status int
		media  string
		body   string // the whole body when it starts with a brace, else a part of it
	}{
		"no Accept":                         {post(typename), 200, plainJSON, ok},
		"any media type":                    {post(typename).withAccept("*/*"), 200, plainJSON, ok},
		"application/*":                     {post(typename).withAccept("application/*"), 200, plainJSON, ok},
		"application/graphql-response+json": {post(typename).withAccept(graphqlJSON), 200, graphqlJSON, ok},
		"the recommended Accept":            {post(typename).withAccept(graphqlJSON + ", application/json;q=0.9"), 200, graphqlJSON, ok},
		"application/json preferred":        {post(typename).withAccept(graphqlJSON + ";q=0.5, application/json"), 200, plainJSON, ok},
		"application/json excluded":         {post(typename).withAccept("*/*, application/json;q=0"), 200, graphqlJSON, ok},
		"a browser":                         {get("query", "{__typename}").withAccept("text/html,application/xml;q=0.9,*/*;q=0.8"), 200, plainJSON, ok},
		"only text/html":                    {post(typename).withAccept("text/html"), 406, plainJSON, "allow one of them in Accept."},
		"charset utf-8":                     {post(typename).withHeader("Content-Type", `application/json; charset="UTF-8"`), 200, plainJSON, ok},
		"charset latin-1":                   {post(typename).withHeader("Content-Type", "application/json; charset=iso-8859-1"), 415, plainJSON, "UTF-8"},
		"text/plain":                        {post(typename).withHeader("Content-Type", "text/plain"), 415, plainJSON, "Content-Type"},
		"no Content-Type":                   {post(typename).withHeader("Content-Type", ""), 415, plainJSON, "Content-Type"},
		"URL-encoded form":                  {post("query={__typename}").withHeader("Content-Type", "application/x-www-form-urlencoded"), 415, plainJSON, "Content-Type"},
		"form without a preflight header":   {post(typename).withHeader("Content-Type", "multipart/form-data; boundary=x"), 415, plainJSON, "Content-Type"},
		"GET":                               {get("query", "{__typename}", "operationName", "", "variables", ""), 200, plainJSON, ok},
		"GET with variables":                {get("query", variable, "variables", `{"id":"1"}`), 200, plainJSON, `{"data":{"node":null}}`},
		"GET with a list as variables":      {get("query", variable, "variables", `["secret"]`), 400, plainJSON, "“variables” must be a JSON object"},
		"GET with two objects as variables": {get("query", variable, "variables", `{"id":"1"}{}`), 400, plainJSON, "“variables” must be a JSON object"},
		"GET without query":                 {get(), 400, plainJSON, "“query” is missing"},
		"GET of a mutation":                 {get("query", `mutation { rename(name: "x") { id } }`), 405, plainJSON, "use POST"},
		"POST of a mutation":                {post(`{"query":"mutation { rename(name: \"x\") { id } }"}`), 200, plainJSON, `{"data":{"rename":null}}`},
		"PUT":                               {call{method: "PUT", body: typename}, 405, plainJSON, "GET or POST"},
		"empty body":                        {post(""), 400, plainJSON, "must be a JSON object"},
		"not JSON":                          {post(`{ "secret`), 400, plainJSON, "must be a JSON object"},
		"two JSON values":                   {post(typename + typename), 400, plainJSON, "at byte"},
		"hash of a document":                {post(`{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"secret"}}}`), 400, plainJSON, `{"errors":[{"message":"PersistedQueryNotSupported","extensions":{"code":"PERSISTED_QUERY_NOT_SUPPORTED"}}]}`},
		"hash and document":                 {post(`{"query":"{__typename}","extensions":{"persistedQuery":{"version":1,"sha256Hash":"secret"}}}`), 200, plainJSON, ok},
		"GET of a hash":                     {get("extensions", `{"persistedQuery":{"version":1,"sha256Hash":"secret"}}`), 400, plainJSON, `{"errors":[{"message":"PersistedQueryNotSupported","extensions":{"code":"PERSISTED_QUERY_NOT_SUPPORTED"}}]}`},
		"list of operations":                {post("[" + typename + "]"), 400, plainJSON, "send one operation per request"},
		"null body":                         {post("null"), 400, plainJSON, "“query” is missing"},
		"misspelled member":                 {post(`{"qeury":"{ __typename }"}`), 400, plainJSON, "“query” is missing"},
		"member in another case":            {post(`{"Query":"{ __typename }"}`), 400, plainJSON, "“query” is missing"},
		"query is a number":                 {post(`{"query":1}`), 400, plainJSON, "“query” must be a string"},
		"operationName is a list":           {post(`{"query":"{a}","operationName":[]}`), 400, plainJSON, "“operationName” must be a string"},
		"variables are a string":            {post(`{"query":"{a}","variables":"secret"}`), 400, plainJSON, "“variables” must be an object"},
		"extensions are a bool":             {post(`{"query":"{a}","extensions":false}`), 400, plainJSON, "“extensions” must be an object"},
		"null members":                      {post(`{"query":"{__typename}","operationName":null,"variables":null,"extensions":null}`), 200, plainJSON, ok},
		"unknown and repeated members":      {post(`{"query":"secret","x":[1],"query":"{__typename}"}`), 200, plainJSON, ok},
		"too large body":                    {post(`{"query":"{__typename}","x":"` + strings.Repeat("x", 2000) + `"}`), 413, plainJSON, `"limit":"bodyBytes"`},
		"too large query string":            {get("query", "{__typename} #"+strings.Repeat("x", 2000)), 413, plainJSON, `"limit":"bodyBytes"`},
		"variables nested too deep":         {post(`{"query":"{__typename}","variables":{"a":` + strings.Repeat("[", 500) + strings.Repeat("]", 500) + `}}`), 400, plainJSON, "nests deeper than 100 levels"},
		"brackets in a string":              {post(`{"query":"{__typename}","x":"\"` + strings.Repeat("[", 500) + `"}`), 200, plainJSON, ok},
		"parse error, application/json":     {post(`{"query":"{"}`), 200, plainJSON, `"code":"GRAPHQL_PARSE_FAILED"`},
		"parse error":                       {post(`{"query":"{"}`).withAccept(graphqlJSON), 400, graphqlJSON, `"code":"GRAPHQL_PARSE_FAILED"`},
		"unknown field, application/json":   {post(`{"query":"{ viewe }"}`), 200, plainJSON, `"code":"GRAPHQL_VALIDATION_FAILED"`},
		"unknown field":                     {post(`{"query":"{ viewe }"}`).withAccept(graphqlJSON), 400, graphqlJSON, `"code":"GRAPHQL_VALIDATION_FAILED"`},
		"wrong variable, application/json":  {post(`{"query":"` + variable + `","variables":{"id":null}}`), 200, plainJSON, "cannot be null"},
		"wrong variable":                    {post(`{"query":"` + variable + `","variables":{"id":null}}`).withAccept(graphqlJSON), 400, graphqlJSON, "The variable “$id” is not valid: cannot be null."},
		"unknown operation":                 {post(`{"query":"{__typename}","operationName":"Other"}`).withAccept(graphqlJSON), 400, graphqlJSON, "The document has no operation “Other”; send the name"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := c.do(srv)
			body := w.Body.String()
			if w.Code != c.status {
				t.Errorf("status = %d, want %d; body %s", w.Code, c.status, body)
			}
			if strings.HasPrefix(c.body, "{") && body != c.body || !strings.Contains(body, c.body) {
				t.Errorf("body = %s, want %s", body, c.body)
			}
			if !strings.HasPrefix(c.body, "{") && strings.Contains(body, `"data"`) {
				t.Errorf("body = %s, want no data", body)
			}
			if strings.Contains(body, "secret") {
				t.Errorf("body = %s, want no part of the request", body)
			}
			if !json.Valid([]byte(body)) {
				t.Errorf("body = %s, want JSON", body)
			}
			for name, want := range map[string]string{
				"Content-Type":           c.media + "; charset=utf-8",
				"X-Content-Type-Options": "nosniff",
				"Cache-Control":          "no-store",
				"Vary":                   "Accept",
				"Content-Length":         fmt.Sprint(len(body)),
			} {
				if got := w.Header().Get(name); got != want {
					t.Errorf("%s = %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestAllowHeader(t *testing.T) {
	t.Parallel()
	srv := newTestHandler(newStub(t, answerNulls), Limits{})
	for _, c := range []struct {
		call
		want string
	}{
		{get("query", `mutation { rename(name: "x") { id } }`), "POST"},
		{call{method: "DELETE"}, "GET, POST"},
	} {
		if got := c.do(srv).Header().Get("Allow"); got != c.want {
			t.Errorf("Allow of %s %s = %q, want %q", c.method, c.query, got, c.want)
		}
	}
}

// Numbers beyond 2^53 must reach the resolvers with all their digits.
func TestTransportKeepsDigits(t *testing.T) {
	t.Parallel()
	const id = "9007199254740993"
	var got any
	srv := newTestHandler(newStub(t, func(ctx context.Context) *graphql.Response {
		got = graphql.GetOperationContext(ctx).Variables["id"]
		return &graphql.Response{Data: []byte("{}")}
	}), Limits{})
	post(`{"query":"query($id: BigInt) { account(momotorId: $id) { id } }","variables":{"id":` + id + `}}`).do(srv)
	if fmt.Sprint(got) != id {
		t.Errorf("variable = %v, want %s", got, id)
	}
}

func TestResponses(t *testing.T) {
	t.Parallel()
	errorsWith := func(code string) gqlerror.List {
		return gqlerror.List{{Message: "<b> & more", Extensions: map[string]any{"code": code}}}
	}
	const errorsX = `"errors":[{"message":"<b> & more","extensions":{"code":"X"}}]`
	for name, c := range map[string]struct {
		resp   *graphql.Response
		status int
		body   string
	}{
		"data":             {&graphql.Response{Data: []byte(`{"a":"<b>"}`)}, 200, `{"data":{"a":"<b>"}}`},
		"data and errors":  {&graphql.Response{Data: []byte(`{"a":null}`), Errors: errorsWith("X")}, 200, `{"data":{"a":null},` + errorsX + `}`},
		"null":             {&graphql.Response{Data: []byte(`null`), Errors: errorsWith("X")}, 200, `{"data":null,` + errorsX + `}`},
		"no data":          {&graphql.Response{Errors: errorsWith("X")}, 400, `{` + errorsX + `}`},
		"unauthenticated":  {&graphql.Response{Errors: errorsWith("UNAUTHENTICATED")}, 401, "UNAUTHENTICATED"},
		"unavailable":      {&graphql.Response{Errors: errorsWith("UNAVAILABLE")}, 503, "UNAVAILABLE"},
		"too large":        {&graphql.Response{Data: []byte(`"` + strings.Repeat("x", 1000) + `"`)}, 400, `"limit":"replyBytes","maximum":100`},
		"client gone":      {nil, fault.ClientClosed.Status, "{}"},
		"data and no code": {&graphql.Response{Data: []byte(`{}`), Errors: gqlerror.List{{Message: "m"}}}, 200, `{"data":{},"errors":[{"message":"m"}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newTestHandler(newStub(t, func(context.Context) *graphql.Response { return c.resp }), Limits{ReplyBytes: 100})
			w := post(`{"query":"{__typename}"}`).withAccept(graphqlJSON).do(srv)
			if body := w.Body.String(); w.Code != c.status || !strings.Contains(body, c.body) {
				t.Errorf("response = %d %s, want %d %s", w.Code, body, c.status, c.body)
			}
		})
	}
}

// A large answer waits for its client in the pool. If the pool is full, a query is a 503 with
// Retry-After; a mutation is not, because it ran.
func TestLargeAnswersAreBounded(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	data := []byte(`"` + strings.Repeat("x", 1<<20) + `"`)
	e := newExecutor(newStub(t, func(context.Context) *graphql.Response { return &graphql.Response{Data: data} }), Limits{}, newQueryCache(), nil, log)
	h := newHandler(e, Limits{}, log)
	const query, mutation = `{"query":"{__typename}"}`, `{"query":"mutation { rename(name: \"x\") { id } }"}`
	if w := post(query).do(h); w.Code != 200 || w.Body.Len() != len(data)+len(`{"data":}`) || h.transport.spools.Bytes() != 0 {
		t.Errorf("a large answer = %d with %d bytes, and %d bytes are reserved after it", w.Code, w.Body.Len(), h.transport.spools.Bytes())
	}
	h.transport.spools = spool.NewPool(t.TempDir(), 1<<20, 0, slog.New(slog.DiscardHandler))
	if w := post(query).do(h); w.Code != 503 || w.Header().Get("Retry-After") != "5" || strings.Contains(w.Body.String(), `"data"`) {
		t.Errorf("a query with a full pool = %d %v %.200s, want 503 with Retry-After", w.Code, w.Header(), w.Body)
	}
	if w := post(mutation).do(h); w.Code != 200 || !strings.HasPrefix(w.Body.String(), `{"data":null,"errors":[{"message":"Too many large responses`) {
		t.Errorf("a mutation with a full pool = %d %.200s, want 200 with data", w.Code, w.Body)
	}
}

// A response that is not sent because the pool is full has no entity tag. With a tag, a cache would keep the
// error as the answer.
func TestUnsentAnswersHaveNoTag(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	data := []byte(`"` + strings.Repeat("x", 1<<20) + `"`)
	e := newExecutor(newStub(t, func(ctx context.Context) *graphql.Response {
		conditional.From(ctx).Tag = "tag"
		return &graphql.Response{Data: data}
	}), Limits{}, newQueryCache(), nil, log)
	h := newHandler(e, Limits{}, log)
	query := get("query", "{__typename}")
	if w := query.do(h); w.Code != 200 || w.Header().Get("ETag") != `"tag"` {
		t.Errorf("a large answer = %d %v, want 200 with a tag", w.Code, w.Header())
	}
	h.transport.spools = spool.NewPool(t.TempDir(), 1<<20, 0, log)
	if w := query.do(h); w.Code != 503 || w.Header().Get("ETag") != "" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("an answer with a full pool = %d %v, want 503 without a tag", w.Code, w.Header())
	}
}

// After a timeout a query has no data, and a completed mutation has its data.
func TestTimeout(t *testing.T) {
	t.Parallel()
	srv := newTestHandler(newStub(t, func(ctx context.Context) *graphql.Response {
		<-ctx.Done()
		return &graphql.Response{Data: []byte(`{"a":null}`), Errors: gqlerror.List{{Message: ctx.Err().Error()}}}
	}), Limits{Timeout: 200 * time.Millisecond})
	for _, c := range []struct {
		body   string
		status int
		want   string
	}{
		{`{"query":"{__typename}"}`, 503, `{"errors":[{"message":"The operation took longer than 200ms`},
		{`{"query":"mutation { rename(name: \"x\") { id } }"}`, 200, `{"data":{"a":null},"errors"`},
	} {
		w := post(c.body).do(srv)
		if got := w.Body.String(); w.Code != c.status || !strings.HasPrefix(got, c.want) {
			t.Errorf("POST %s = %d %s, want %d %s", c.body, w.Code, got, c.status, c.want)
		}
	}
}

func TestClientGone(t *testing.T) {
	t.Parallel()
	ran := false
	srv := newTestHandler(newStub(t, func(ctx context.Context) *graphql.Response { ran = true; return answerNulls(ctx) }), Limits{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	srv.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/graphql?query={__typename}", nil))
	if w.Code != fault.ClientClosed.Status || ran {
		t.Errorf("canceled GET = %d, ran %t, want %d and false", w.Code, ran, fault.ClientClosed.Status)
	}
}

// If the server cannot store the files of a form, the log has the reason, and the response has only
// the code UNAVAILABLE.
func TestNoSpaceForFiles(t *testing.T) {
	t.Setenv("TMPDIR", "/nowhere")
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	srv := newHandler(newExecutor(newStub(t, answerNulls), Limits{}, newQueryCache(), nil, logger), Limits{}, logger)
	r := httptest.NewRequest("POST", "/graphql", strings.NewReader("--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\nx\r\n--b--\r\n"))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	r.Header.Set("GraphQL-Require-Preflight", "true")
	w := httptest.NewRecorder()
	srv.ServeHTTP(w, r)
	if got := w.Body.String(); w.Code != 503 || !strings.Contains(got, `"code":"UNAVAILABLE"`) || strings.Contains(got, "nowhere") {
		t.Errorf("response = %d %s, want 503 UNAVAILABLE without the reason", w.Code, got)
	}
	if !strings.Contains(log.String(), "/nowhere/") {
		t.Errorf("log = %s, want the reason", log.String())
	}
}

func TestWriteError(t *testing.T) {
	t.Parallel()
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/graphql", nil)
	r.Header.Set("Accept", graphqlJSON)
	writeError(w, r, http.StatusUnauthorized, &gqlerror.Error{Message: "No key."})
	if got, want := w.Body.String(), `{"errors":[{"message":"No key."}]}`; got != want || w.Code != 401 {
		t.Errorf("writeError = %d %s, want 401 %s", w.Code, got, want)
	}
	if got := w.Header().Get("Content-Type"); got != graphqlJSON+"; charset=utf-8" {
		t.Errorf("Content-Type = %q, want %s", got, graphqlJSON+"; charset=utf-8")
	}
}

func TestQueryCache(t *testing.T) {
	t.Parallel()
	c := newQueryCache()
	c.Add(withTrusted(t.Context()), "trusted", nil)
	text := func(i int) string { return fmt.Sprintf("%0*d", 3000, i) }
	for i := range 2000 {
		c.Add(t.Context(), text(i), nil)
		c.Add(t.Context(), text(i), nil)
	}
	c.Add(t.Context(), strings.Repeat("x", fastpath.MaxCachedDocumentBytes+1), nil)
	if n, bytes := c.docs.Len(), c.docs.Bytes(); bytes > maxCachedBytes || bytes != 3000*n {
		t.Errorf("the cache has %d documents with %d bytes, want 3000 bytes each and at most %d", n, bytes, maxCachedBytes)
	}
	if _, ok := c.Get(t.Context(), text(1999)); !ok {
		t.Error("Get(last) = false, want true")
	}
	if _, ok := c.Get(t.Context(), text(0)); ok {
		t.Error("Get(first) = true, want false")
	}
	if _, ok := c.Get(t.Context(), "trusted"); !ok {
		t.Error("Get(trusted) = false, want true")
	}
}
