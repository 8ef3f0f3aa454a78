package graph

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// postOperation returns a POST of a document. Variables is a JSON value.
func postOperation(document, variables string) call {
	query, _ := json.Marshal(document)
	return post(fmt.Sprintf(`{"query":%s,"variables":%s}`, query, variables))
}

// postDocument returns a POST of a document without variables.
func postDocument(document string) call { return postOperation(document, "null") }

// attacks returns requests that could overload a server or misuse a user's session. Each request
// has the limit that must reject it, or the error code if no limit rejects it.
func attacks() map[string]struct {
	call
	status      int
	limit, code string
} {
	repeat := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	cycle := func(n int) string {
		return "{accounts{nodes{" + strings.Repeat("courses{nodes{account{", n) + "id" + strings.Repeat("}}}", n) + "}}}"
	}
	// Each of n fragments spreads the next one twice.
	fanOut := "query { viewer { ...F0 } } "
	for i := range 40 {
		fanOut += fmt.Sprintf("fragment F%d on Viewer { ...F%d ...F%d } ", i, i+1, i+1)
	}
	fanOut += "fragment F40 on Viewer { name }"
	const page = "query($n: Int) { accounts(first: $n) { nodes { id } } }"

	return map[string]struct {
		call
		status      int
		limit, code string
	}{
		"cycle of depth 1323":          {postDocument(cycle(440)), 200, "depth", ""},
		"cycle of depth 18":            {postDocument(cycle(5)), 200, "depth", ""},
		"page of long pages":           {postDocument("{accounts(first:1000){nodes{courses(first:1000){nodes{id}}}}}"), 200, "nodes", ""},
		"__typename × 10,000":          {postDocument("{" + strings.Repeat("__typename ", 10_000) + "}"), 200, "repeats", ""},
		"unknown fields × 20,000":      {postDocument("{" + repeat(20_000, "a%d ") + "}"), 200, "fields", ""},
		"unknown fields × 400":         {postDocument("{" + repeat(400, "a%d ") + "}"), 200, "", "GRAPHQL_VALIDATION_FAILED"},
		"fragments with 2^40 uses":     {postDocument(fanOut), 200, "fields", ""},
		"aliases × 10,000":             {postDocument("{" + repeat(10_000, "a%d:__typename ") + "}"), 200, "fields", ""},
		"aliases × 100":                {postDocument("{" + repeat(100, "a%d:__typename ") + "}"), 200, "aliases", ""},
		"directives × 1000":            {postDocument("{ viewer " + strings.Repeat("@include(if:true) ", 1000) + "{name} }"), 200, "directives", ""},
		"comments × 10,000":            {postDocument("{viewer{name}}" + strings.Repeat("#\n", 10_000)), 200, "tokens", ""},
		"operations share a fragment":  {postDocument("fragment F on Query{viewer{" + strings.Repeat("name ", 490) + "}}" + repeat(90, " query Q%d{...F}")), 200, "repeats", ""},
		"fragments share a fragment":   {postDocument("fragment F on Query{...{" + strings.Repeat("...{viewer{name}}", 90) + "}}" + repeat(90, " fragment Q%d on Query{...F}")), 200, "repeats", ""},
		"spreads × 400":                {postDocument("fragment F on Query{" + strings.Repeat("...{", 20) + strings.Repeat("...G ", 400) + strings.Repeat("}", 20) + "} fragment G on Query{__typename}" + repeat(40, " fragment Q%d on Query{...F}")), 200, "repeats", ""},
		"inline fragments × 100":       {postDocument("{" + strings.Repeat("...{", 100) + "viewer{name}" + strings.Repeat("}", 101)), 200, "depth", ""},
		"operations × 100":             {postDocument(repeat(100, " query Q%d{viewer{name}}")), 200, "definitions", ""},
		"fragment cycle":               {postDocument("{viewer{...A}} fragment A on Viewer{...B} fragment B on Viewer{...A}"), 200, "", "GRAPHQL_VALIDATION_FAILED"},
		"nested introspection":         {postDocument("{__schema{types{fields{type{fields{type{fields{type{name}}}}}}}}}"), 200, "", "GRAPHQL_VALIDATION_FAILED"},
		"introspection in fragments":   {postDocument("{__schema{types{...T}}} fragment T on __Type{fields{type{...U}}} fragment U on __Type{fields{type{fields{name}}}}"), 200, "", "GRAPHQL_VALIDATION_FAILED"},
		"5 MB variable":                {postOperation("{viewer{name}}", `{"v":"`+strings.Repeat("x", 5<<20)+`"}`), 413, "bodyBytes", ""},
		"deeply nested variable":       {postOperation("{viewer{name}}", `{"v":`+strings.Repeat(`{"a":`, 100_000)+"1"+strings.Repeat("}", 100_000)+"}"), 400, "", "BAD_USER_INPUT"},
		"field name of 900 KB":         {postDocument("{" + strings.Repeat("n", 900_000) + "}"), 200, "", "GRAPHQL_VALIDATION_FAILED"},
		"type name of 900 KB":          {postDocument("query($a:" + strings.Repeat("n", 900_000) + "){viewer{name}}"), 200, "", "GRAPHQL_VALIDATION_FAILED"},
		"input field name of 900 KB":   {postOperation("query($f:CourseFilter){account{courses(filter:$f){nodes{id}}}}", `{"f":{"`+strings.Repeat("n", 900_000)+`":1}}`), 200, "", "GRAPHQL_VALIDATION_FAILED"},
		"huge first":                   {postDocument("{accounts(first: 2000000000) {nodes{id}}}"), 200, "page", ""},
		"huge last":                    {postDocument("{accounts(last: 1001) {nodes{id}}}"), 200, "page", ""},
		"huge first as a variable":     {postOperation(page, `{"n": 1000000}`), 200, "page", ""},
		"huge first as a string":       {postOperation(page, `{"n": "1000000"}`), 200, "page", ""},
		"huge first as a default":      {postDocument("query($n: Int = 1001) { accounts(first: $n) { nodes { id } } }"), 200, "page", ""},
		"negative first":               {postDocument("{accounts(first: -5) {nodes{id}}}"), 200, "", "BAD_USER_INPUT"},
		"negative first as a variable": {postOperation(page, `{"n": -1}`), 200, "", "BAD_USER_INPUT"},
		"number of thirty digits":      {postDocument("{account(momotorId: 123456789012345678901234567890) {id}}"), 200, "", "BAD_USER_INPUT"},
		"@skip if null":                {postOperation("query($b: Boolean = true) {viewer @skip(if: $b) {name}}", `{"b":null}`), 200, "", "BAD_USER_INPUT"},
		"@defer":                       {postDocument("{... @defer {viewer{name}}}"), 200, "", "BAD_USER_INPUT"},
		"pages of 1500 nodes":          {postDocument("{nodes(ids:[" + strings.Repeat("1 ", 1500) + "]){... on Account{courses(first:100){nodes{id}}}}}"), 200, "nodes", ""},
		"values of 50,000 nodes":       {postDocument("{nodes(ids:[" + strings.Repeat("1 ", 1000) + "]){... on Account{courses(first:49){nodes{" + repeat(25, "a%d:id ") + "}}}}}"), 200, "values", ""},
		"list of operations":           {post(`[{"query":"{viewer{name}}"},{"query":"{viewer{name}}"}]`), 400, "", "BAD_USER_INPUT"},
		"mutation by GET":              {get("query", `mutation{rename(name:"x"){id}}`), 405, "", "BAD_USER_INPUT"},
		"mutation by URL-encoded form": {post("query=mutation{rename}").withHeader("Content-Type", "application/x-www-form-urlencoded"), 415, "", "BAD_USER_INPUT"},
		"mutation by text":             {post(`{"query":"mutation{rename(name:\"x\"){id}}"}`).withHeader("Content-Type", "text/plain"), 415, "", "BAD_USER_INPUT"},
		"unknown field":                {postDocument("{viewe{name}}"), 200, "", "GRAPHQL_VALIDATION_FAILED"},
		"unknown argument":             {postDocument("{accounts(firs:1){nodes{id}}}"), 200, "", "GRAPHQL_VALIDATION_FAILED"},
		"unknown type":                 {postDocument("{node(id:1){... on Accoun{id}}}"), 200, "", "GRAPHQL_VALIDATION_FAILED"},
		"unknown enum value":           {postDocument("{account{courses(filter:{kind:ope}){nodes{id}}}}"), 200, "", "GRAPHQL_VALIDATION_FAILED"},
	}
}

func TestAttacks(t *testing.T) {
	t.Parallel()
	srv := newTestHandler(newStub(t, answerNulls), Limits{})
	for name, a := range attacks() {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			w := a.do(srv)
			t.Logf("a request of %d bytes has a response of %d bytes after %s", len(a.body)+len(a.query), w.Body.Len(), time.Since(start))

			var response struct {
				Data   json.RawMessage
				Errors gqlerror.List
			}
			if err := json.Unmarshal(w.Body.Bytes(), &response); err != nil || len(response.Errors) == 0 {
				t.Fatalf("response = %d %s, want errors", w.Code, w.Body)
			}
			code, _ := response.Errors[0].Extensions["code"].(string)
			limit, _ := response.Errors[0].Extensions["limit"].(string)
			if a.limit != "" {
				a.code = "BAD_USER_INPUT"
			}
			if w.Code != a.status || code != a.code || limit != a.limit {
				t.Errorf("response = %d, code %s, limit %q, want %d, %s, %q; %s", w.Code, code, limit, a.status, a.code, a.limit, response.Errors[0].Message)
			}
			if response.Data != nil {
				t.Errorf("data = %s, want none", response.Data)
			}
			if w.Body.Len() > 5000 || len(response.Errors) > maxErrors+1 {
				t.Errorf("response has %d errors and %d bytes, want at most 21 errors and 5000 bytes", len(response.Errors), w.Body.Len())
			}
			if strings.Contains(w.Body.String(), "Did you mean") {
				t.Errorf("response = %s, want no suggestions of names", w.Body)
			}
		})
	}
}

// The guard accepts usual operations with the default limits.
func TestUsualOperations(t *testing.T) {
	t.Parallel()
	srv := newTestHandler(newStub(t, answerNulls), Limits{})
	for name, c := range map[string]call{
		"introspection":           postDocument(readTestdata(t, "introspection.graphql")),
		"a page":                  postDocument("{accounts(first:100){nodes{courses(first:900){nodes{id}}}}}"),
		"the longest page":        postOperation("query($n: Int){accounts(first:$n){nodes{id name}}}", `{"n":1000}`),
		"an empty page":           postDocument("{accounts(first:0){pageInfo{hasNextPage}}}"),
		"first is null":           postDocument("{accounts(first:null, last:2){nodes{id}}}"),
		"skipped field":           postOperation("query($s: Boolean!){accounts(first:1000){nodes{courses(first:1000) @skip(if:$s){nodes{id}}}}}", `{"s":true}`),
		"alias equal to the name": postDocument("{" + strings.Repeat("viewer:viewer{name:name} ", 40) + "}"),
		"merged fragments":        postDocument("{node(id:1){__typename ... on Account{__typename id} ... on Course{__typename id} ... on Section{__typename id}}}"),
	} {
		if w := c.do(srv); w.Code != http.StatusOK || strings.Contains(w.Body.String(), `"errors"`) {
			t.Errorf("%s = %d %s, want no errors", name, w.Code, w.Body)
		}
	}
}

// The limits do not apply to a trusted document, but they apply to the same text from a client.
func TestTrustedDocument(t *testing.T) {
	t.Parallel()
	e := newExecutor(newStub(t, answerNulls), Limits{}, newQueryCache(), nil, slog.New(slog.DiscardHandler))
	const document = "{accounts(first:1000){nodes{courses(first:1000){nodes{id}}}}}"
	text := "{" + strings.Repeat("__typename ", 60) + document[1:]
	for _, cached := range []bool{false, true} {
		if cached {
			params := &graphql.RawParams{Query: text}
			ctx := graphql.StartOperationTrace(t.Context())
			if _, errs := (trustedExecutor{e}).CreateOperationContext(ctx, params); errs != nil {
				t.Fatalf("a trusted document: %v, want no errors", errs)
			}
			if isTrusted(ctx) {
				t.Error("the caller's context is trusted, want it untrusted")
			}
		}
		want := map[bool]string{false: `"limit":"repeats"`, true: `"limit":"nodes"`}[cached]
		if w := postDocument(text).do(newHandler(e, Limits{}, slog.New(slog.DiscardHandler))); !strings.Contains(w.Body.String(), want) {
			t.Errorf("from a client, cached %t: %s, want %s", cached, w.Body, want)
		}
	}
}

func BenchmarkAttacks(b *testing.B) {
	srv := newTestHandler(newStub(b, answerNulls), Limits{})
	for name, a := range attacks() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				a.do(srv)
			}
		})
	}
}

// BenchmarkUsualOperation measures the guard and the transport with a cached document.
func BenchmarkUsualOperation(b *testing.B) {
	srv := newTestHandler(newStub(b, answerNulls), Limits{})
	c := postDocument("query($n:Int){accounts(first:$n){nodes{id name courses(first:20){nodes{id code sections{id}}}}}}")
	b.ReportAllocs()
	for b.Loop() {
		c.do(srv)
	}
}
