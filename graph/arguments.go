package graph

import (
	"context"
	"fmt"
	"slices"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/exec"
	"github.com/momotor/resultgraph/internal/fault"
)

// alwaysValid is embedded in arguments that the types of the schema validate completely.
type alwaysValid struct{}

func (alwaysValid) validate(context.Context, *Resolver) error { return nil }

// noArguments are the arguments of a field without arguments.
type noArguments struct{ alwaysValid }

func (noArguments) params(context.Context, *Resolver) query.Params { return query.Params{} }

// pageArgs are the paging arguments of a Relay connection.
type pageArgs struct {
	First, Last   *int
	After, Before *string
}

func (a pageArgs) validate(ctx context.Context, r *Resolver) error {
	if a.First != nil && a.Last != nil {
		return fault.New(fault.BadInput, "Give “first” or “last”, not both.")
	}
	name, n := "first", a.First
	switch {
	case a.Last != nil:
		name, n = "last", a.Last
	case n == nil:
		n = r.defaultPage(ctx)
	}
	if *n < 0 || *n > r.MaxPage && !isTrusted(ctx) {
		return fault.New(fault.BadInput, fmt.Sprintf("“%s” must be a number from 0 to %d.", name, r.MaxPage))
	}
	return nil
}

func (a pageArgs) params(ctx context.Context, r *Resolver) query.Params {
	return a.withPage(ctx, r, query.Params{})
}

// withPage returns p with the page that the arguments request. A trusted document without paging
// arguments reads the whole list.
func (a pageArgs) withPage(ctx context.Context, r *Resolver, p query.Params) query.Params {
	if a.First == nil && a.Last == nil {
		if isTrusted(ctx) && a.After == nil && a.Before == nil {
			return p
		}
		a.First = r.defaultPage(ctx)
	}
	p.Page = &query.Page{First: a.First, Last: a.Last, After: stringOrEmpty(a.After), Before: stringOrEmpty(a.Before)}
	return p
}

// stringOrEmpty returns the string, or "" for nil.
func stringOrEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

type coursesArguments struct {
	pageArgs
	Filter *db.CourseFilter
}

func (a coursesArguments) params(ctx context.Context, r *Resolver) query.Params {
	return a.withPage(ctx, r, query.Params{Filter: a.Filter.Clauses()})
}

type assignmentsArguments struct {
	pageArgs
	Filter  *db.AssignmentFilter
	OrderBy []*exec.AssignmentOrder
}

func (a assignmentsArguments) params(ctx context.Context, r *Resolver) query.Params {
	var terms []query.Order
	for _, o := range a.OrderBy {
		terms = append(terms, query.Order{Column: assignmentOrderColumns[o.Field], Desc: o.Direction == exec.OrderDirectionDesc})
	}
	return a.withPage(ctx, r, query.Params{Filter: a.Filter.Clauses(), Order: joinOrders(terms)})
}

type usersArguments struct {
	pageArgs
	Filter  *db.UserFilter
	OrderBy []*exec.UserOrder
}

func (a usersArguments) validate(ctx context.Context, r *Resolver) error {
	if a.Filter != nil {
		if err := validateSearch(ctx, "search", a.Filter.Search); err != nil {
			return err
		}
	}
	return a.pageArgs.validate(ctx, r)
}

// maxSearchBytes is the maximum length of a text to search for. No name is longer.
const maxSearchBytes = db.MaxNameBytes

func validateSearch(ctx context.Context, name string, text *string) error {
	if text != nil && scopeOf(ctx).Pseudonyms.Exist() {
		return fault.New(fault.Forbidden, fmt.Sprintf("This API key sees pseudonyms, so “%s” is not allowed: use another key.", name))
	}
	if text != nil && (*text == "" || len(*text) > maxSearchBytes) {
		return fault.New(fault.BadInput, fmt.Sprintf("“%s” must be a text of 1 to %d bytes; leave it out for all people.", name, maxSearchBytes))
	}
	return nil
}

func (a usersArguments) params(ctx context.Context, r *Resolver) query.Params {
	return a.withPage(ctx, r, query.Params{Filter: a.Filter.Clauses(scopeOf(ctx)), Order: userOrder(a.OrderBy)})
}

// joinOrders returns the order by all terms, with the first term as the main one. It ignores a term
// that repeats a column, so the number of columns is bounded.
func joinOrders(terms []query.Order) query.Order {
	var distinct []query.Order
	for _, t := range terms {
		if !slices.ContainsFunc(distinct, func(d query.Order) bool { return d.Column == t.Column }) {
			distinct = append(distinct, t)
		}
	}
	var next *query.Order
	for _, t := range slices.Backward(distinct) {
		t.Then = next
		next = &t
	}
	if next == nil {
		return query.Order{}
	}
	return *next
}

type jobsArguments struct {
	pageArgs
	Filter *db.JobFilter
}

func (a jobsArguments) params(ctx context.Context, r *Resolver) query.Params {
	return a.withPage(ctx, r, query.Params{Filter: a.Filter.Clauses(), Order: query.Order{Desc: true}})
}

// canvasArgument is the argument of a field that finds an object by its Canvas id.
type canvasArgument struct {
	alwaysValid
	CanvasID int64
}

type courseArgument struct{ canvasArgument }

func (a courseArgument) params(context.Context, *Resolver) query.Params {
	return query.Params{Filter: db.CourseWithCanvasID(a.CanvasID)}
}

type assignmentArgument struct{ canvasArgument }

func (a assignmentArgument) params(context.Context, *Resolver) query.Params {
	return query.Params{Filter: db.AssignmentWithCanvasID(a.CanvasID)}
}

type userArgument struct{ canvasArgument }

func (a userArgument) params(ctx context.Context, _ *Resolver) query.Params {
	return query.Params{Filter: db.UserWithCanvasID(scopeOf(ctx), a.CanvasID)}
}

type accountArguments struct {
	MomotorID  *int64
	CanvasGUID *string
}

func (a accountArguments) validate(context.Context, *Resolver) error {
	if (a.MomotorID == nil) == (a.CanvasGUID == nil) {
		return fault.New(fault.BadInput, "Give exactly one of “momotorId” and “canvasGuid”.")
	}
	return nil
}

func (a accountArguments) params(context.Context, *Resolver) query.Params {
	return query.Params{Filter: db.AccountWithIDOrGUID(a.MomotorID, a.CanvasGUID)}
}

// resultArguments select one result of a student. A student can have individual results and results
// of a group; the arguments select the result that was submitted last.
type resultArguments struct {
	alwaysValid
	UserCanvasID int64
	Attempt      *int
}

func (a resultArguments) params(ctx context.Context, _ *Resolver) query.Params {
	one := 1
	return query.Params{
		Filter: db.ResultsOfStudent(scopeOf(ctx), a.UserCanvasID, a.Attempt),
		Order:  query.Order{Column: "submitted_at", Desc: true},
		Page:   &query.Page{First: &one},
	}
}

// attemptsArguments are the arguments of a list of attempts. The list is ordered by the number of
// the attempt.
type attemptsArguments struct{ alwaysValid }

func (attemptsArguments) params(context.Context, *Resolver) query.Params {
	return query.Params{Order: query.Order{Column: "attempt"}}
}

// bundleArgument selects a bundle by its kind. If the FULL bundle is missing or purged, it selects
// the BASIC bundle.
type bundleArgument struct {
	alwaysValid
	Kind exec.ResultBundleKind
}

func (a bundleArgument) params(context.Context, *Resolver) query.Params {
	kinds := []db.BundleKind{db.BundleKind(a.Kind)}
	if a.Kind == exec.ResultBundleKindFull {
		kinds = append(kinds, db.BundleBasic)
	}
	one := 1
	return query.Params{Filter: db.BundlesOfKinds(kinds), Order: query.Order{Column: "preference"}, Page: &query.Page{First: &one}}
}

type stepArgument struct {
	alwaysValid
	TaskID string
}

func (a stepArgument) params(context.Context, *Resolver) query.Params {
	return query.Params{Filter: db.StepWithTaskID(a.TaskID)}
}
