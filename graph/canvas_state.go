package graph

import (
	"context"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/graph/exec"
	"github.com/momotor/resultgraph/graph/fastpath"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/fault"
)

// CanvasStates asks Canvas for the states of people.
type CanvasStates interface {
	// State returns the state of a person in a course of an account: a recent one, or the last known one
	// with a failure. Its errors are those of the store.
	State(ctx context.Context, account int64, k db.MemberKey) (*db.CanvasState, error)
}

const (
	// maxStates is the maximum number of courses whose states one operation asks for.
	maxStates = 3
	// maxStateWait is the time that an operation waits for Canvas.
	maxStateWait = 10 * time.Second
)

var (
	errNoStates      = fault.New(fault.Unavailable, "This server has no access to Canvas.")
	errTooManyStates = fault.New(fault.BadInput, "An operation may ask for the state in at most 3 courses: send several operations.")
)

// State resolves Viewer.state from the states that a stateReader has read.
func (r viewerResolver) State(ctx context.Context, viewers []*db.Viewer, ref exec.CourseReference) ([]*db.CanvasState, error) {
	member, _, err := r.findMember(ctx, ref)
	if err != nil {
		return nil, err
	}
	states, ok := ctx.Value(statesKey{}).(canvasStates)
	if !ok {
		return nil, errNoStates
	}
	s := states[member]
	if s.err != nil {
		return nil, s.err
	}
	return repeat(s.state, len(viewers)), nil
}

// A stateReader asks Canvas for the states that a query selects, before the query has a connection of the
// database, so that queries that wait for Canvas do not delay others.
type stateReader struct {
	*Resolver
	present   graphql.ErrorPresenterFunc
	arguments func(map[string]any) (stateArguments, error)
}

// stateArguments are the arguments of Viewer.state.
type stateArguments struct{ Course exec.CourseReference }

var _ interface {
	graphql.HandlerExtension
	graphql.OperationInterceptor
} = stateReader{}

func newStateReader(r *Resolver, s *ast.Schema, present graphql.ErrorPresenterFunc) stateReader {
	return stateReader{r, present, argumentsDecoder[stateArguments](s, fieldNamed(s, "Viewer.state"))}
}

// ExtensionName implements graphql.HandlerExtension.
func (stateReader) ExtensionName() string { return "StateReader" }

// Validate implements graphql.HandlerExtension. It accepts every schema.
func (stateReader) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptOperation runs an operation with the states that it needs in its context.
func (s stateReader) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	respond := next(ctx)
	fields := stateFields(graphql.GetOperationContext(ctx))
	if s.States == nil || len(fields) == 0 {
		return respond
	}
	var states canvasStates
	return func(ctx context.Context) *graphql.Response {
		if states == nil {
			var err error
			if states, err = s.read(ctx, fields); err != nil {
				_, report := fastpath.EnsureReport(ctx)
				return report.Reject(ctx, s.present, err)
			}
		}
		return respond(context.WithValue(ctx, statesKey{}, states))
	}
}

// stateFields returns the fields Viewer.state that a query selects.
func stateFields(op *graphql.OperationContext) (fields []graphql.CollectedField) {
	if op.Operation.Operation != ast.Query {
		return nil
	}
	for _, viewer := range graphql.CollectFields(op, op.Operation.SelectionSet, []string{"Query"}) {
		if viewer.Name != "viewer" {
			continue
		}
		for _, f := range graphql.CollectFields(op, viewer.Selections, []string{"Viewer"}) {
			if f.Name == "state" {
				fields = append(fields, f)
			}
		}
	}
	return fields
}

// read reads the states of fields. It leaves out those of courses that the caller may not see, which is an
// error of the resolver.
func (s stateReader) read(ctx context.Context, fields []graphql.CollectedField) (canvasStates, error) {
	if err := access.Confirm(ctx); err != nil {
		return nil, err
	}
	accounts := map[db.MemberKey]int64{}
	for _, f := range fields {
		args, err := s.arguments(f.ArgumentMap(graphql.GetOperationContext(ctx).Variables))
		if err != nil {
			continue // the resolver reports it
		}
		if member, course, err := s.findMember(ctx, args.Course); err == nil {
			accounts[member] = course.AccountID
		}
	}
	if len(accounts) > maxStates {
		return nil, errTooManyStates
	}
	return s.ask(ctx, accounts), nil
}

// ask returns the states of people in courses, whose accounts it is given.
func (s stateReader) ask(ctx context.Context, accounts map[db.MemberKey]int64) canvasStates {
	ctx, cancel := context.WithTimeout(ctx, maxStateWait)
	defer cancel()
	var mu sync.Mutex
	var wg sync.WaitGroup
	states := canvasStates{}
	for member, account := range accounts {
		wg.Go(func() {
			state, err := s.States.State(ctx, account, member)
			mu.Lock()
			defer mu.Unlock()
			states[member] = canvasOutcome{state, err}
		})
	}
	wg.Wait()
	return states
}

type statesKey struct{}

// canvasStates are the states that an operation needs, by course.
type canvasStates map[db.MemberKey]canvasOutcome

type canvasOutcome struct {
	state *db.CanvasState
	err   error
}
