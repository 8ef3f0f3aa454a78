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

// sent returns a POST of a document with variables, which are JSON.
func sent(document, variables string) call {
	query, _ := json.Marshal(document)
	return post(fmt.Sprintf(`{"query":%s,"variables":%s}`, query, variables))
}

func queryCall(document string) call { return sent(document, "null") }

// attacks are requests that would take a server down, or someone's rights away, if
// nothing stood in the way. A limit is the one that must refuse, a code is for attacks
// that GraphQL's own rules refuse.
func attacks() map[string]struct {
	call
	status      int
	limit, code string
} {
	many := func(n int, format string) string {
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
	fan := "query { viewer { ...F0 } } "
	for i := range 40 {
		fan += fmt.Sprintf("fragment F%d on Viewer { ...F%d ...F%d } ", i, i+1, i+1)
	}
	fan += "fragment F40 on Viewer { name }"
	const page = "query($n: Int) { accounts(first: $n) { nodes { id } } }"

	return map[string]struct {
		call
		status      int
		limit, code string
	}{
		"cycle of depth 1323":        {queryCall(cycle(440)), 200, "depth", ""},
		"cycle of depth 18":          {queryCall(cycle(5)), 200, "depth", ""},
		"pages of pages":             {queryCall("{accounts(first:1000){nodes{courses(first:1000){nodes{id}}}}}"), 200, "nodes", ""},
		"__typename × 10,000":        {queryCall("{" + strings.Repeat("__typename ", 10_000) + "}"), 200, "repeats", ""},
		"unknown fields × 20,000":    {queryCall("{" + many(20_000, "a%d ") + "}"), 200, "fields", ""},
		"unknown fields × 400":       {queryCall("{" + many(400, "a%d ") + "}"), 200, "", "GRAPHQL_VALIDATION_FAILED"},
		"fragments fan out 2^40":     {queryCall(fan), 200, "fields", ""},
		"aliases × 10,000":           {queryCall("{" + many(10_000, "a%d:__typename ") + "}"), 200, "fields", ""},
		"aliases × 100":              {queryCall("{" + many(100, "a%d:__typename ") + "}"), 200, "aliases", ""},
		"directives × 1000":          {queryCall("{ viewer " + strings.Repeat("@include(if:true) ", 1000) + "{name} }"), 200, "directives", ""},
		"comments × 10,000":          {queryCall("{viewer{name}}" + strings.Repeat("#\n", 10_000)), 200, "tokens", ""},
		"operations over a fragment": {queryCall("fragment F on Query{viewer{" + strings.Repeat("name ", 490) + "}}" + many(90, " query Q%d{...F}")), 200, "repeats", ""},
		"fragments over a fragment":  {queryCall("fragment F on Query{...{" + strings.Repeat("...{viewer{name}}", 90) + "}}" + many(90, " fragment Q%d on Query{...F}")), 200, "repeats", ""},
		"spreads × 400":              {queryCall("fragment F on Query{" + strings.Repeat("...{", 20) + strings.Repeat("...G ", 400) + strings.Repeat("}", 20) + "} fragment G on Query{__typename}" + many(40, " fragment Q%d on Query{...F}")), 200, "repeats", ""},
		"inline fragments × 100":     {queryCall("{" + strings.Repeat("...{", 100) + "viewer{name}" + strings.Repeat("}", 101)), 200, "depth", ""},
		"operations × 100":           {queryCall(many(100, " query Q%d{viewer{name}}")), 200, "definitions", ""},
		"fragment cycle":             {queryCall("{viewer{...A}} fragment A on Viewer{...B} fragment B on Viewer{...A}"), 200, "", "GRAPHQL_VALIDATION_FAILED"},
		"introspection of types":     {queryCall("{__schema{types{fields{type{fields{type{fields{type{name}}}}}}}}}"), 200, "", "GRAPHQL_VALIDATION_FAILED"},
		"introspection in fragments": {queryCall("{__schema{types{...T}}} fragment T on __Type{fields{type{...U}}} fragment U on __Type{fields{type{fields{name}}}}"), 200, "", "GRAPHQL_VALIDATION_FAILED"},
		"5 MB variable":              {sent("{viewer{name}}", `{"v":"`+strings.Repeat("x", 5<<20)+`"}`), 413, "bodyBytes", ""},
		"deep variable":              {sent("{viewer{name}}", `{"v":`+strings.Repeat(`{"a":`, 100_000)+"1"+strings.Repeat("}", 100_000)+"}"), 400, "", "BAD_USER_INPUT"},
		"a name of 900 KB":           {queryCall("{" + strings.Repeat("n", 900_000) + "}"), 200, "", "GRAPHQL_VALIDATION_FAILED"},
		"a type of 900 KB":           {queryCall("query($a:" + strings.Repeat("n", 900_000) + "){viewer{name}}"), 200, "", "GRAPHQL_VALIDATION_FAILED"},
		"a key of 900 KB":            {sent("query($f:CourseFilter){account{courses(filter:$f){nodes{id}}}}", `{"f":{"`+strings.Repeat("n", 900_000)+`":1}}`), 200, "", "GRAPHQL_VALIDATION_FAILED"},
		"huge first":                 {queryCall("{accounts(first: 2000000000) {nodes{id}}}"), 200, "page", ""},
		"huge last":                  {queryCall("{accounts(last: 1001) {nodes{id}}}"), 200, "page", ""},
		"huge first by variable":     {sent(page, `{"n": 1000000}`), 200, "page", ""},
		"huge first by string":       {sent(page, `{"n": "1000000"}`), 200, "page", ""},
		"huge first by default":      {queryCall("query($n: Int = 1001) { accounts(first: $n) { nodes { id } } }"), 200, "page", ""},
		"negative first":             {queryCall("{accounts(first: -5) {nodes{id}}}"), 200, "", "BAD_USER_INPUT"},
		"negative first by variable": {sent(page, `{"n": -1}`), 200, "", "BAD_USER_INPUT"},
		"a number of thirty digits":  {queryCall("{account(momotorId: 123456789012345678901234567890) {id}}"), 200, "", "BAD_USER_INPUT"},
		"@skip if null":              {sent("query($b: Boolean = true) {viewer @skip(if: $b) {name}}", `{"b":null}`), 200, "", "BAD_USER_INPUT"},
		"@defer":                     {queryCall("{... @defer {viewer{name}}}"), 200, "", "BAD_USER_INPUT"},
		"list of ids":                {queryCall("{nodes(ids:[" + strings.Repeat("1 ", 1500) + "]){... on Account{courses(first:100){nodes{id}}}}}"), 200, "nodes", ""},
		"batch":                      {post(`[{"query":"{viewer{name}}"},{"query":"{viewer{name}}"}]`), 400, "", "BAD_USER_INPUT"},
		"mutation by GET":            {get("query", `mutation{rename(name:"x"){id}}`), 405, "", "BAD_USER_INPUT"},
		"mutation by form":           {post("query=mutation{rename}").with("Content-Type", "application/x-www-form-urlencoded"), 415, "", "BAD_USER_INPUT"},
		"mutation by text":           {post(`{"query":"mutation{rename(name:\"x\"){id}}"}`).with("Content-Type", "text/plain"), 415, "", "BAD_USER_INPUT"},
		"guessing a field":           {queryCall("{viewe{name}}"), 200, "", "GRAPHQL_VALIDATION_FAILED"},
		"guessing an argument":       {queryCall("{accounts(firs:1){nodes{id}}}"), 200, "", "GRAPHQL_VALIDATION_FAILED"},
		"guessing a type":            {queryCall("{node(id:1){... on Accoun{id}}}"), 200, "", "GRAPHQL_VALIDATION_FAILED"},
		"guessing a value":           {queryCall("{account{courses(filter:{kind:ope}){nodes{id}}}}"), 200, "", "GRAPHQL_VALIDATION_FAILED"},
	}
}

func TestAttacks(t *testing.T) {
	t.Parallel()
	srv := newTestHandler(newStub(t, nulls), Limits{})
	for name, a := range attacks() {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			w := a.do(srv)
			t.Logf("%d bytes answered with %d bytes in %s", len(a.body)+len(a.query), w.Body.Len(), time.Since(start))

			var answer struct {
				Data   json.RawMessage
				Errors gqlerror.List
			}
			if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || len(answer.Errors) == 0 {
				t.Fatalf("answer = %d %s, want errors", w.Code, w.Body)
			}
			code, _ := answer.Errors[0].Extensions["code"].(string)
			limit, _ := answer.Errors[0].Extensions["limit"].(string)
			if a.limit != "" {
				a.code = "BAD_USER_INPUT"
			}
			if w.Code != a.status || code != a.code || limit != a.limit {
				t.Errorf("answer = %d, code %s, limit %q, want %d, %s, %q; %s", w.Code, code, limit, a.status, a.code, a.limit, answer.Errors[0].Message)
			}
			if answer.Data != nil {
				t.Errorf("data = %s, want none", answer.Data)
			}
			if w.Body.Len() > 5000 || len(answer.Errors) > maxErrors+1 {
				t.Errorf("answer has %d errors in %d bytes, want a short one", len(answer.Errors), w.Body.Len())
			}
			if strings.Contains(w.Body.String(), "Did you mean") {
				t.Errorf("answer = %s: it suggests names", w.Body)
			}
		})
	}
}

// What honest clients ask for must pass with all limits on.
func TestHonest(t *testing.T) {
	t.Parallel()
	srv := newTestHandler(newStub(t, nulls), Limits{})
	for name, c := range map[string]call{
		"introspection":    queryCall(read(t, "introspection.graphql")),
		"a page":           queryCall("{accounts(first:100){nodes{courses(first:900){nodes{id}}}}}"),
		"the longest page": sent("query($n: Int){accounts(first:$n){nodes{id name}}}", `{"n":1000}`),
		"an empty page":    queryCall("{accounts(first:0){pageInfo{hasNextPage}}}"),
		"null":             queryCall("{accounts(first:null, last:2){nodes{id}}}"),
		"skipped":          sent("query($s: Boolean!){accounts(first:1000){nodes{courses(first:1000) @skip(if:$s){nodes{id}}}}}", `{"s":true}`),
		"its own alias":    queryCall("{" + strings.Repeat("viewer:viewer{name:name} ", 40) + "}"),
		"merged fragments": queryCall("{node(id:1){__typename ... on Account{__typename id} ... on Course{__typename id} ... on Section{__typename id}}}"),
	} {
		if w := c.do(srv); w.Code != http.StatusOK || strings.Contains(w.Body.String(), `"errors"`) {
			t.Errorf("%s = %d %s, want no errors", name, w.Code, w.Body)
		}
	}
}

// A trusted document is not held to the limits. Its text from a client still is.
func TestTrusted(t *testing.T) {
	t.Parallel()
	e := newExecutor(newStub(t, nulls), Limits{}, newQueryCache(), slog.New(slog.DiscardHandler))
	const document = "{accounts(first:1000){nodes{courses(first:1000){nodes{id}}}}}"
	text := "{" + strings.Repeat("__typename ", 60) + document[1:]
	for _, known := range []bool{false, true} {
		if known {
			params := &graphql.RawParams{Query: text}
			ctx := graphql.StartOperationTrace(t.Context())
			if _, errs := (trustedExecutor{e}).CreateOperationContext(ctx, params); errs != nil {
				t.Fatalf("trusted: %v, want no errors", errs)
			}
			if isTrusted(ctx) {
				t.Error("the context of the caller is trusted")
			}
		}
		want := map[bool]string{false: `"limit":"repeats"`, true: `"limit":"nodes"`}[known]
		if w := queryCall(text).do(newHandler(e, Limits{}, slog.New(slog.DiscardHandler))); !strings.Contains(w.Body.String(), want) {
			t.Errorf("from a client, known to the cache %t: %s, want %s", known, w.Body, want)
		}
	}
}

func BenchmarkAttacks(b *testing.B) {
	srv := newTestHandler(newStub(b, nulls), Limits{})
	for name, a := range attacks() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				a.do(srv)
			}
		})
	}
}

// What the guard and the transport cost an honest request, whose document is known.
func BenchmarkHonest(b *testing.B) {
	srv := newTestHandler(newStub(b, nulls), Limits{})
	c := queryCall("query($n:Int){accounts(first:$n){nodes{id name courses(first:20){nodes{id code sections{id}}}}}}")
	b.ReportAllocs()
	for b.Loop() {
		c.do(srv)
	}
}
