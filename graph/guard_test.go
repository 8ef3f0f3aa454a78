package graph

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"
)

// sent returns a POST of a document with variables, which are JSON.
func sent(document, variables string) call {
	query, _ := json.Marshal(document)
	return post(fmt.Sprintf(`{"query":%s,"variables":%s}`, query, variables))
}

func queryRoot(document string) call { return sent(document, "null") }

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
		"cycle of depth 1323":        {queryRoot(cycle(440)), 200, "depth", ""},
		"cycle of depth 18":          {queryRoot(cycle(5)), 200, "depth", ""},
		"pages of pages":             {queryRoot("{accounts(first:1000){nodes{courses(first:1000){nodes{id}}}}}"), 200, "nodes", ""},
		"__typename × 10,000":        {queryRoot("{" + strings.Repeat("__typename ", 10_000) + "}"), 200, "repeats", ""},
		"unknown fields × 20,000":    {queryRoot("{" + many(20_000, "a%d ") + "}"), 200, "fields", ""},
		"unknown fields × 400":       {queryRoot("{" + many(400, "a%d ") + "}"), 200, "", "GRAPHQL_VALIDATION_FAILED"},
		"fragments fan out 2^40":     {queryRoot(fan), 200, "fields", ""},
		"aliases × 10,000":           {queryRoot("{" + many(10_000, "a%d:__typename ") + "}"), 200, "fields", ""},
		"aliases × 100":              {queryRoot("{" + many(100, "a%d:__typename ") + "}"), 200, "aliases", ""},
		"directives × 1000":          {queryRoot("{ viewer " + strings.Repeat("@include(if:true) ", 1000) + "{name} }"), 200, "directives", ""},
		"comments × 10,000":          {queryRoot("{viewer{name}}" + strings.Repeat("#\n", 10_000)), 200, "tokens", ""},
		"operations over a fragment": {queryRoot("fragment F on Query{viewer{" + strings.Repeat("name ", 490) + "}}" + many(90, " query Q%d{...F}")), 200, "repeats", ""},
		"fragments over a fragment":  {queryRoot("fragment F on Query{...{" + strings.Repeat("...{viewer{name}}", 90) + "}}" + many(90, " fragment Q%d on Query{...F}")), 200, "repeats", ""},
		"spreads × 400":              {queryRoot("fragment F on Query{" + strings.Repeat("...{", 20) + strings.Repeat("...G ", 400) + strings.Repeat("}", 20) + "} fragment G on Query{__typename}" + many(40, " fragment Q%d on Query{...F}")), 200, "repeats", ""},
		"inline fragments × 100":     {queryRoot("{" + strings.Repeat("...{", 100) + "viewer{name}" + strings.Repeat("}", 101)), 200, "depth", ""},
		"operations × 100":           {queryRoot(many(100, " query Q%d{viewer{name}}")), 200, "definitions", ""},
		"fragment cycle":             {queryRoot("{viewer{...A}} fragment A on Viewer{...B} fragment B on Viewer{...A}"), 200, "", "GRAPHQL_VALIDATION_FAILED"},
		"introspection of types":     {queryRoot("{__schema{types{fields{type{fields{type{fields{type{name}}}}}}}}}"), 200, "", "GRAPHQL_VALIDATION_FAILED"},
		"introspection in fragments": {queryRoot("{__schema{types{...T}}} fragment T on __Type{fields{type{...U}}} fragment U on __Type{fields{type{fields{name}}}}"), 200, "", "GRAPHQL_VALIDATION_FAILED"},
		"5 MB variable":              {sent("{viewer{name}}", `{"v":"`+strings.Repeat("x", 5<<20)+`"}`), 413, "bodyBytes", ""},
		"deep variable":              {sent("{viewer{name}}", `{"v":`+strings.Repeat(`{"a":`, 100_000)+"1"+strings.Repeat("}", 100_000)+"}"), 400, "", "BAD_USER_INPUT"},
		"a name of 900 KB":           {queryRoot("{" + strings.Repeat("n", 900_000) + "}"), 200, "", "GRAPHQL_VALIDATION_FAILED"},
		"a type of 900 KB":           {queryRoot("query($a:" + strings.Repeat("n", 900_000) + "){viewer{name}}"), 200, "", "GRAPHQL_VALIDATION_FAILED"},
		"a key of 900 KB":            {sent("query($f:CourseFilter){account{courses(filter:$f){nodes{id}}}}", `{"f":{"`+strings.Repeat("n", 900_000)+`":1}}`), 200, "", "GRAPHQL_VALIDATION_FAILED"},
		"huge first":                 {queryRoot("{accounts(first: 2000000000) {nodes{id}}}"), 200, "page", ""},
		"huge last":                  {queryRoot("{accounts(last: 1001) {nodes{id}}}"), 200, "page", ""},
		"huge first by variable":     {sent(page, `{"n": 1000000}`), 200, "page", ""},
		"huge first by string":       {sent(page, `{"n": "1000000"}`), 200, "page", ""},
		"huge first by default":      {queryRoot("query($n: Int = 1001) { accounts(first: $n) { nodes { id } } }"), 200, "page", ""},
		"negative first":             {queryRoot("{accounts(first: -5) {nodes{id}}}"), 200, "", "BAD_USER_INPUT"},
		"negative first by variable": {sent(page, `{"n": -1}`), 200, "", "BAD_USER_INPUT"},
		"a number of thirty digits":  {queryRoot("{account(momotorId: 123456789012345678901234567890) {id}}"), 200, "", "BAD_USER_INPUT"},
		"@skip if null":              {sent("query($b: Boolean = true) {viewer @skip(if: $b) {name}}", `{"b":null}`), 200, "", "BAD_USER_INPUT"},
		"@defer":                     {queryRoot("{... @defer {viewer{name}}}"), 200, "", "BAD_USER_INPUT"},
		"list of ids":                {queryRoot("{nodes(ids:[" + strings.Repeat("1 ", 1500) + "]){... on Account{courses(first:100){nodes{id}}}}}"), 200, "nodes", ""},
		"batch":                      {post(`[{"query":"{viewer{name}}"},{"query":"{viewer{name}}"}]`), 400, "", "BAD_USER_INPUT"},
		"mutation by GET":            {get("query", `mutation{rename(name:"x"){id}}`), 405, "", "BAD_USER_INPUT"},
		"mutation by form":           {post("query=mutation{rename}").with("Content-Type", "application/x-www-form-urlencoded"), 415, "", "BAD_USER_INPUT"},
		"mutation by text":           {post(`{"query":"mutation{rename(name:\"x\"){id}}"}`).with("Content-Type", "text/plain"), 415, "", "BAD_USER_INPUT"},
		"guessing a field":           {queryRoot("{viewe{name}}"), 200, "", "GRAPHQL_VALIDATION_FAILED"},
		"guessing an argument":       {queryRoot("{accounts(firs:1){nodes{id}}}"), 200, "", "GRAPHQL_VALIDATION_FAILED"},
		"guessing a type":            {queryRoot("{node(id:1){... on Accoun{id}}}"), 200, "", "GRAPHQL_VALIDATION_FAILED"},
		"guessing a value":           {queryRoot("{account{courses(filter:{kind:ope}){nodes{id}}}}"), 200, "", "GRAPHQL_VALIDATION_FAILED"},
	}
}

func TestAttacks(t *testing.T) {
	t.Parallel()
	srv := newHandler(newStub(t, nulls), Limits{}, newQueryCache())
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
			if w.Body.Len() > 5000 || len(answer.Errors) > mostErrors+1 {
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
	srv := newHandler(newStub(t, nulls), Limits{}, newQueryCache())
	for name, c := range map[string]call{
		"introspection":    queryRoot(read(t, "introspection.graphql")),
		"a page":           queryRoot("{accounts(first:100){nodes{courses(first:900){nodes{id}}}}}"),
		"the longest page": sent("query($n: Int){accounts(first:$n){nodes{id name}}}", `{"n":1000}`),
		"an empty page":    queryRoot("{accounts(first:0){pageInfo{hasNextPage}}}"),
		"null":             queryRoot("{accounts(first:null, last:2){nodes{id}}}"),
		"skipped":          sent("query($s: Boolean!){accounts(first:1000){nodes{courses(first:1000) @skip(if:$s){nodes{id}}}}}", `{"s":true}`),
		"its own alias":    queryRoot("{" + strings.Repeat("viewer:viewer{name:name} ", 40) + "}"),
		"merged fragments": queryRoot("{node(id:1){__typename ... on Account{__typename id} ... on Course{__typename id} ... on Section{__typename id}}}"),
	} {
		if w := c.do(srv); w.Code != http.StatusOK || strings.Contains(w.Body.String(), `"errors"`) {
			t.Errorf("%s = %d %s, want no errors", name, w.Code, w.Body)
		}
	}
}

func TestTrusted(t *testing.T) {
	t.Parallel()
	srv := newHandler(newStub(t, nulls), Limits{}, newQueryCache())
	trusted := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		srv.ServeHTTP(w, r.WithContext(withTrusted(r.Context())))
	})
	big := queryRoot("{" + strings.Repeat("__typename ", 60) + "accounts(first:1000){nodes{courses(first:1000){nodes{id}}}}}")
	if w := big.do(trusted); strings.Contains(w.Body.String(), `"errors"`) {
		t.Errorf("trusted = %s, want no errors", w.Body)
	}
	// Known to the cache now, but not cheaper for anybody else.
	if w := big.do(srv); !strings.Contains(w.Body.String(), `"limit":"nodes"`) {
		t.Errorf("not trusted = %s, want the limit of nodes", w.Body)
	}
}

func BenchmarkAttacks(b *testing.B) {
	srv := newHandler(newStub(b, nulls), Limits{}, newQueryCache())
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
	srv := newHandler(newStub(b, nulls), Limits{}, newQueryCache())
	c := queryRoot("query($n:Int){accounts(first:$n){nodes{id name courses(first:20){nodes{id code sections{id}}}}}}")
	b.ReportAllocs()
	for b.Loop() {
		c.do(srv)
	}
}
