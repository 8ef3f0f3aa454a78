package graph

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
	"github.com/vektah/gqlparser/v2/parser"
	"pgregory.net/rapid"
)

// estimateCost returns the cost of the only operation of a document. Variables is a JSON object.
func estimateCost(t rapid.TB, schema *ast.Schema, document, variables string) (cost, *gqlerror.Error) {
	t.Helper()
	doc, errs := gqlparser.LoadQueryWithRules(schema, document, validationRules())
	if errs != nil {
		t.Fatalf("%s: %v", document, errs)
	}
	e := costEstimator{lim: Limits{}.orDefaults(), maxCourses: maxCount}
	dec := json.NewDecoder(strings.NewReader(variables))
	dec.UseNumber()
	if err := dec.Decode(&e.vars); err != nil {
		t.Fatalf("%s: %v", variables, err)
	}
	return e.operationCost(doc.Operations[0]), e.err
}

func TestCost(t *testing.T) {
	t.Parallel()
	schema := newStub(t, nil).schema
	for _, c := range []struct {
		document, variables string
		want                cost
	}{
		{"{viewer{name}}", "{}", cost{fields: 2, depth: 2, nodes: 1, values: 2}},
		{"{v:viewer{n:name name}}", "{}", cost{fields: 3, aliases: 2, depth: 2, nodes: 1, values: 3}},
		// 1 connection + 50 accounts
		{"{accounts{nodes{id}}}", "{}", cost{fields: 3, depth: 3, nodes: 51, values: 101}},
		{"{accounts(first:3){nodes{id}}}", "{}", cost{fields: 3, depth: 3, nodes: 4, values: 7}},
		{"{accounts(first:3,last:5){nodes{id}}}", "{}", cost{fields: 3, depth: 3, nodes: 6, values: 11}},
		{"{accounts(first:null){nodes{id}}}", "{}", cost{fields: 3, depth: 3, nodes: 51, values: 101}},
		{"{accounts(first:0){nodes{id}}}", "{}", cost{fields: 3, depth: 3, nodes: 1, values: 1}},
		{"query($n:Int){accounts(first:$n){nodes{id}}}", `{"n":7}`, cost{fields: 3, depth: 3, nodes: 8, values: 15}},
		{"query($n:Int){accounts(first:$n){nodes{id}}}", `{"n":"7"}`, cost{fields: 3, depth: 3, nodes: 8, values: 15}},
		{"query($n:Int){accounts(first:$n){nodes{id}}}", "{}", cost{fields: 3, depth: 3, nodes: 51, values: 101}},
		{"query($n:Int=9){accounts(first:$n){nodes{id}}}", "{}", cost{fields: 3, depth: 3, nodes: 10, values: 19}},
		// 1 connection + 3 edges + 3 nodes + 1 page info
		{"{accounts(first:3){edges{cursor node{id}} pageInfo{hasNextPage}}}", "{}", cost{fields: 7, depth: 4, nodes: 8, values: 15}},
		// 1 + 3 × (1 account + 1 connection + 2 × (1 course + 4 sections))
		{"{accounts(first:3){nodes{courses(first:2){nodes{sections{id}}}}}}", "{}", cost{fields: 6, depth: 6, nodes: 37, values: 61}},
		// 1 + 3 × (1 account + 1 connection + 20 courses)
		{"{accounts(first:3){nodes{courses{nodes{id}}}}}", "{}", cost{fields: 5, depth: 5, nodes: 67, values: 127}},
		// A fragment has the default of the connection that contains it: 1 account + 1 + 50 courses, and 1 + 2 × (1 + 1 + 20)
		{"{account{...A} accounts(first:2){nodes{...A}}} fragment A on Account{courses{nodes{id}}}", "{}", cost{fields: 9, depth: 5, nodes: 97, values: 187}},
		// The default in the schema is the same inside a connection: 1 + 2 × (1 account + 1 + 1 course + 1 + 7 courses)
		{"{accounts(first:2){nodes{courses(first:1){nodes{latest{nodes{id}}}}}}}", "{}", cost{fields: 7, depth: 7, nodes: 23, values: 37}},
		{"{node(id:1){... on Course{latest{nodes{id}}}}}", "{}", cost{fields: 4, depth: 4, nodes: 9, values: 16}},
		{"{node(id:1){... on Course{tags{name} steps{id}}}}", "{}", cost{fields: 5, depth: 3, nodes: 31, values: 61}},
		{"{nodes(ids:[1,2,3]){id}}", "{}", cost{fields: 2, depth: 2, nodes: 3, values: 6}},
		{"{nodes(ids:1){id}}", "{}", cost{fields: 2, depth: 2, nodes: 1, values: 2}},
		{"query($i:[ID!]!){nodes(ids:$i){id}}", `{"i":["1","2"]}`, cost{fields: 2, depth: 2, nodes: 2, values: 4}},
		{"query($i:[ID!]!){nodes(ids:$i){id}}", `{"i":"900"}`, cost{fields: 2, depth: 2, nodes: 1, values: 2}},
		{"query($b:Boolean!){viewer{id:name @skip(if:$b) name @include(if:$b)}}", `{"b":true}`, cost{fields: 2, depth: 2, nodes: 1, values: 2}},
		{"query($b:Boolean!){viewer{id:name @skip(if:$b) name @include(if:$b)}}", `{"b":false}`, cost{fields: 2, aliases: 1, depth: 2, nodes: 1, values: 2}},
		// A field with both directives is included only if both include it, in either order.
		{"{viewer{name @include(if:true) @skip(if:true) name @skip(if:true) @include(if:true)}}", "{}", cost{fields: 1, depth: 1, nodes: 1, values: 1}},
		{"{viewer{name @include(if:false) @skip(if:false) name @skip(if:false) @include(if:false)}}", "{}", cost{fields: 1, depth: 1, nodes: 1, values: 1}},
		{"{viewer{name @include(if:true) @skip(if:false) name @skip(if:false) @include(if:true)}}", "{}", cost{fields: 3, depth: 2, nodes: 1, values: 3}},
		// 1 node + 20 × (1 step + 2 aliases)
		{"{node(id:1){... on Course{steps{a:id b:id}}}}", "{}", cost{fields: 4, aliases: 2, depth: 3, nodes: 21, values: 61}},
		// The cost of a fragment depends on the page around it.
		{"{a:accounts(first:2){...P} accounts(first:5){...P}} fragment P on AccountConnection{nodes{id}}", "{}", cost{fields: 6, aliases: 1, depth: 3, nodes: 9, values: 16}},
	} {
		got, err := estimateCost(t, schema, c.document, c.variables)
		if got != c.want || err != nil {
			t.Errorf("estimateCost(%s, %s) = %+v, %v, want %+v", c.document, c.variables, got, err, c.want)
		}
	}
}

// The cache of fragment costs must not change the cost: a document costs as much as the same
// document with its fragments inlined.
func TestFragmentCost(t *testing.T) {
	t.Parallel()
	schema := newStub(t, nil).schema
	rapid.Check(t, func(t *rapid.T) {
		const fragments = 5
		var inlined []string // the fields of each fragment, with its spreads expanded
		var document strings.Builder
		selection := func(label string, fragmentCount int) (spread, inline string) {
			for i := range rapid.IntRange(1, 3).Draw(t, label) {
				page := rapid.IntRange(0, 4).Draw(t, "page")
				start := fmt.Sprintf("a%d_%d:account{courses(first:%d)", fragmentCount, i, page)
				body, bodyInlined := "id", "id"
				if fragmentCount > 0 {
					f := rapid.IntRange(0, fragmentCount-1).Draw(t, "fragment")
					body, bodyInlined = fmt.Sprintf("...F%d", f), "...on Course{"+inlined[f]+"}"
				}
				spread += start + "{nodes{" + body + "}}} "
				inline += start + "{nodes{" + bodyInlined + "}}} "
			}
			return spread, inline
		}
		for f := range fragments {
			spread, inline := selection("fields", f)
			inlined = append(inlined, inline)
			fmt.Fprintf(&document, "fragment F%d on Course{%s}\n", f, spread)
		}
		spread := "{node(id:1){...F4 ...F3 ...F2 ...F1 ...F0}}"
		inline := "{node(id:1){"
		for _, f := range inlined {
			inline += "...on Course{" + f + "}"
		}
		got, _ := estimateCost(t, schema, document.String()+spread, "{}")
		want, _ := estimateCost(t, schema, inline+"}}", "{}")
		if got != want {
			t.Errorf("estimateCost(%s) = %+v, want %+v", document.String()+spread, got, want)
		}
	})
}

func TestCostIsCapped(t *testing.T) {
	t.Parallel()
	highest := cost{fields: maxCount, aliases: maxCount, depth: maxCount, nodes: maxCount, values: maxCount, rows: maxCount}
	if got := highest.add(highest); got != highest {
		t.Errorf("add = %+v, want %+v", got, highest)
	}
	if got := multiplyCapped(maxCount, maxCount); got != maxCount {
		t.Errorf("multiplyCapped = %d, want %d", got, maxCount)
	}
}

// FuzzScanDocument checks that the scanner never panics, and that it counts at least as many fields
// as the parser.
func FuzzScanDocument(f *testing.F) {
	for _, seed := range []string{
		"{a}", "{a:b ...on T{c} ...F @d(x:{y:1}) ...{e}}", "query Q($a:[T!]=[{b:1}] @x){a(b:$a){c}} fragment on on on{on}",
		"}{", "{((}", "...", "{...on", `{a(b:"}")}`, `{a(b:"""}""") # }`, "@a@b", "{{{{",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		scanned := countScannedFields(text)
		doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, 10_000)
		if err == nil && scanned < countParsedFields(doc) {
			t.Errorf("scanning %q counts %d fields, want at least %d", text, scanned, countParsedFields(doc))
		}
	})
}

func countScannedFields(text string) int {
	s := documentScanner{lex: lexer.New(&ast.Source{Input: text})}
	for s.next() {
		continue
	}
	return s.fields
}

func countParsedFields(doc *ast.QueryDocument) (n int) {
	var count func(ast.SelectionSet)
	count = func(set ast.SelectionSet) {
		for _, sel := range set {
			switch sel := sel.(type) {
			case *ast.Field:
				n++
				count(sel.SelectionSet)
			case *ast.InlineFragment:
				count(sel.SelectionSet)
			}
		}
	}
	for _, op := range doc.Operations {
		count(op.SelectionSet)
	}
	for _, f := range doc.Fragments {
		count(f.SelectionSet)
	}
	return n
}
