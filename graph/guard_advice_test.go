package graph

import (
	"strconv"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// The error of an operation whose lists are too long names the list to shorten, its place in the document and the
// longest page that is allowed: the operation is accepted with it, and rejected with one item more.
func TestAdvice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lim            Limits
		document       string // «» encloses the argument to replace
		limit, advice  string
		column, length int
	}{
		{Limits{}, "{accounts(«first:1000»){nodes{courses(first:500){nodes{id}}}}}", "nodes", "“first: 199” for “accounts”", 2, 199},
		{Limits{}, "{accounts(first:200){nodes{courses(«first:900»){nodes{id}}}}}", "nodes", "“first: 497” for “accounts.nodes.courses”", 28, 497},
		{Limits{}, "{accounts(first:200){nodes{courses(«last:900»){nodes{id}}}}}", "nodes", "“last: 497” for “accounts.nodes.courses”", 28, 497},
		// All parts of the operation count.
		{Limits{Nodes: 100}, "{a:accounts(first:60){nodes{id}} accounts(«first:70»){nodes{id}}}", "nodes", "“first: 38” for “accounts”", 34, 38},
		{Limits{Nodes: 100}, "{...F} fragment F on Query{...{account{courses(«first:700»){nodes{id}}}}}", "nodes", "“first: 98” for “account.courses”", 40, 98},
		// The list must be short enough for each limit.
		{Limits{Nodes: 100, Values: 150}, "{accounts(«first:120»){nodes{id name}}}", "nodes", "“first: 49” for “accounts”", 2, 49},
		{Limits{Values: 150}, "{accounts(«first:120»){nodes{id name}}}", "values", "“first: 49” for “accounts”", 2, 49},
		// No list alone brings the operation within the limit.
		{Limits{Nodes: 100}, "{a:accounts(first:300){nodes{id}} accounts(first:500){nodes{id}}}", "nodes", "smaller pages with “first”, or", 0, 0},
		{Limits{Nodes: 10}, "{node(id:1){... on Course{tags{name}}}}", "nodes", "smaller pages with “first”, or", 0, 0},
	} {
		before, rest, hasArgument := strings.Cut(c.document, "«")
		argument, after, _ := strings.Cut(rest, "»")
		err := costError(t, c.lim, before+argument+after)
		switch {
		case err == nil || err.Extensions["limit"] != c.limit || !strings.Contains(err.Message, c.advice):
			t.Errorf("%s: %v, want the limit %s and the advice %s", c.document, err, c.limit, c.advice)
			continue
		case !hasArgument:
			if err.Locations != nil {
				t.Errorf("%s: the locations are %v, want none", c.document, err.Locations)
			}
			continue
		case len(err.Locations) != 1 || err.Locations[0].Column != c.column:
			t.Errorf("%s: the locations are %v, want the column %d", c.document, err.Locations, c.column)
		}
		for length, accepted := range map[int]bool{c.length: true, c.length + 1: false} {
			op := before + "first:" + strconv.Itoa(length) + after
			if err := costError(t, c.lim, op); (err == nil) != accepted {
				t.Errorf("%s: %v, want it accepted: %t", op, err, accepted)
			}
		}
	}
}

// costError returns the error for a document that exceeds the limits, or nil.
func costError(t *testing.T, lim Limits, document string) *gqlerror.Error {
	t.Helper()
	doc, errs := gqlparser.LoadQueryWithRules(newStub(t, nil).schema, document, validationRules())
	if errs != nil {
		t.Fatalf("%s: %v", document, errs)
	}
	e := costEstimator{lim: lim.orDefaults(), maxCourses: maxCount}
	return e.check(doc.Operations[0], e.operationCost(doc.Operations[0]))
}

// Fragments whose fields are all skipped can have 2⁴⁰ uses, and no field to name.
func TestAdviceForSkippedFragments(t *testing.T) {
	t.Parallel()
	document := "{accounts(first:1000){nodes{id}} viewer{...F0}} fragment F40 on Viewer{name @skip(if:true)}"
	for i := range 40 {
		n, next := strconv.Itoa(i), strconv.Itoa(i+1)
		document += " fragment F" + n + " on Viewer{...F" + next + " ...F" + next + "}"
	}
	if err := costError(t, Limits{Nodes: 500}, document); err == nil || !strings.Contains(err.Message, "“first: 498” for “accounts”") {
		t.Errorf("the error is %v, want advice about accounts", err)
	}
}

// A list of courses or accounts is not longer than the number of courses that the caller may see.
func TestCostOfFewCourses(t *testing.T) {
	t.Parallel()
	doc, errs := gqlparser.LoadQueryWithRules(newStub(t, nil).schema,
		"{accounts{nodes{courses(first:900){nodes{sections{id}}}}}}", validationRules())
	if errs != nil {
		t.Fatal(errs)
	}
	for courses, want := range map[int64]int64{
		0:    1,                     // the connection
		2:    1 + 2*(1+1+2*(1+4)),   // two accounts with two courses each
		40:   1 + 40*(1+1+40*(1+4)), // two pages of 40
		5000: 1 + 50*(1+1+900*(1+4)),
	} {
		e := costEstimator{lim: Limits{}.orDefaults(), maxCourses: courses}
		if c := e.operationCost(doc.Operations[0]); c.nodes != want {
			t.Errorf("with %d courses: %d nodes, want %d", courses, c.nodes, want)
		}
	}
}
