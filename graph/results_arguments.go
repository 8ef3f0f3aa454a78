package graph

import (
	"context"
	"fmt"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/exec"
	"github.com/momotor/resultgraph/internal/fault"
)

// resultsArguments are the arguments of a list of results that has the latest attempts by default.
type resultsArguments struct {
	pageArgs
	db.ResultSelection
	OrderBy []*exec.ResultOrder
}

func (a resultsArguments) validate(ctx context.Context, r *Resolver) error {
	if err := validateSelection(ctx, a.ResultSelection); err != nil {
		return err
	}
	return a.pageArgs.validate(ctx, r)
}

func (a resultsArguments) params(ctx context.Context, r *Resolver) query.Params {
	return a.paramsOr(ctx, r, db.PickLatest)
}

// paramsOr is params with another default of pick.
func (a resultsArguments) paramsOr(ctx context.Context, r *Resolver, byDefault db.ResultPick) query.Params {
	return a.withPage(ctx, r, query.Params{Filter: a.ResultSelection.Clauses(scopeOf(ctx), byDefault), Order: resultOrder(a.OrderBy)})
}

// allResultsArguments are the arguments of a list of results that has all attempts by default. Figures about it
// have the latest ones by default, like all figures.
type allResultsArguments struct{ resultsArguments }

func (a allResultsArguments) params(ctx context.Context, r *Resolver) query.Params {
	p := a.paramsOr(ctx, r, db.PickAll)
	p.FigureFilter = a.ResultSelection.Clauses(scopeOf(ctx), db.PickLatest)
	return p
}

// maxClockLead is how far “asOf” may lie in the future: the clocks of clients are not exact.
const maxClockLead = time.Minute

// validateSelection returns an error for arguments that contradict each other, the calendar or the rights of
// the caller.
func validateSelection(ctx context.Context, s db.ResultSelection) error {
	switch condition := s.Filter.PersonalCondition(); {
	case condition != "" && scopeOf(ctx).FiguresOnly():
		const message = "This API key may read only figures over groups of students: leave out “filter.%s”, or use another key."
		return fault.New(fault.Forbidden, fmt.Sprintf(message, condition))
	case s.Pick != nil && s.Filter != nil && s.Filter.Latest != nil:
		return fault.New(fault.BadInput, "Give “pick” or “filter.latest”, not both; “pick: LATEST” selects the latest attempts.")
	case s.AsOf != nil && time.Until(*s.AsOf) > maxClockLead:
		return fault.New(fault.BadInput, "“asOf” must not be in the future; leave it out for the results of now.")
	}
	return validateResultFilter(ctx, s.Filter)
}

// maxStepFilters is the maximum number of conditions on steps. Each is a subquery of the statement.
const maxStepFilters = 10

func validateResultFilter(ctx context.Context, f *db.ResultFilter) error {
	switch {
	case f == nil:
		return nil
	case len(f.Steps) > maxStepFilters:
		return fault.New(fault.BadInput, fmt.Sprintf("“steps” must have at most %d conditions.", maxStepFilters))
	}
	return validateSearch(ctx, "userSearch", f.UserSearch)
}

// resultOrder returns the order of results. The default is the order in which they were stored.
func resultOrder(orderBy []*exec.ResultOrder) query.Order {
	var terms []query.Order
	for _, o := range orderBy {
		terms = append(terms, query.Order{Column: resultOrderColumns[o.Field], Desc: o.Direction == exec.OrderDirectionDesc})
	}
	return joinOrders(terms)
}
