package fastpath

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph/budget"
)

// An execution answers one operation by its plan.
type execution struct {
	ctx    context.Context
	guards []query.Guard
	schema *Schema
	plan   *plan
	op     *graphql.OperationContext
	scope  query.Scope
	report *Report
	budget *budget.Budget
	// encoded is the number of bytes in the texts of all levels, and maxEncoded its limit.
	encoded, maxEncoded int64
	// levels are the rows of each level, by the level's id.
	levels []levelRows
	// lookups are the requested ids of each lookup, by the lookup's id. An invalid id is the
	// zero NodeID.
	lookups [][]db.NodeID
	// lookupVersions are the versions of the courses of lookups.
	lookupVersions versionSet
	// cellFns are the functions of plan.computed.
	cellFns []CellFunc
	// cellBuffer is the buffer for the cell of a computed field.
	cellBuffer []byte
	// data is the part of the answer that is written and not yet sent.
	data []byte
	// stream is the rows of the last statement if they are written while they are read, and
	// nil otherwise.
	stream *rowStream
	// resolverData is the data that the resolvers returned, by the alias of the root field,
	// and errs are the errors of the resolvers.
	resolverData map[string]json.RawMessage
	errs         gqlerror.List
}

var errNullForNonNull = errors.New("the value of a non-null field is null")

// run returns the answer. The answer has no data if the data was streamed.
func (x *execution) run() (*graphql.Response, error) {
	x.levels = make([]levelRows, len(x.plan.levels))
	defer x.returnBuffers()
	if err := x.prepare(); err != nil {
		return nil, err
	}
	data, err := x.readData()
	if err != nil {
		return nil, err
	}
	return &graphql.Response{Data: data, Errors: x.errs}, nil
}

// readData returns the data, or nil if it was streamed.
func (x *execution) readData() (data []byte, err error) {
	statements := x.requiredStatements()
	if len(statements) == 0 && x.plan.resolverFields == nil && len(x.guards) == 0 { // no connection is needed
		if err := x.write(); err != nil {
			return nil, err
		}
		return x.finish()
	}
	large := x.isLarge()
	if large && x.plan.resolverFields == nil { // an answer of resolvers counts as large, but is often small
		if err := x.schema.conf.CheckSpace(x.ctx); err != nil {
			return nil, err
		}
	}
	if x.plan.resolverFields != nil {
		release, err := x.schema.conf.AcquireResolverSlot(x.ctx)
		if err != nil {
			return nil, err
		}
		defer release()
	}
	failed := false
	err = x.schema.conf.DB.InSnapshot(x.ctx, large, func(sn *query.Snapshot) error {
		if x.plan.resolverFields != nil {
			if failed = x.runResolvers(sn.DB()); failed {
				return nil
			}
		}
		defer func() { x.report.Statements = sn.Statements }()
		sn.AddGuards(x.guards...)
		return sn.ReadPlans(x.ctx, func() error { return x.readAndWrite(sn, statements) })
	})
	switch {
	case err != nil:
		return nil, err
	case failed:
		return []byte("null"), nil
	}
	return x.finish()
}

// readAndWrite runs statements and writes the data. It takes buffers only now that the operation has a
// connection, so that waiting operations have none.
func (x *execution) readAndWrite(sn *query.Snapshot, statements []*statement) error {
	x.takeBuffers()
	if err := x.readLookupVersions(sn, len(statements) > 0); err != nil {
		return err
	}
	for i, st := range statements {
		if err := x.readStatement(sn, st, i+1 < len(statements)); err != nil {
			return err
		}
	}
	if err := sn.CheckGuards(x.ctx); err != nil {
		return err
	}
	x.report.Versions = x.collectVersions()
	if x.stream == nil {
		return x.write()
	}
	return errors.Join(x.write(), x.stream.close())
}

// prepare decodes the arguments and loads the objects that are not in the store.
func (x *execution) prepare() error {
	for _, l := range x.plan.lookups {
		if err := x.parseIDs(l); err != nil {
			return err
		}
	}
	x.cellBuffer = make([]byte, 0, 64) // a nil cell would mean null
	x.cellFns = make([]CellFunc, len(x.plan.computed))
	for i, c := range x.plan.computed {
		x.cellFns[i] = c.New()
	}
	for _, lv := range x.plan.levels {
		if err := x.prepareLevel(lv); err != nil {
			return err
		}
	}
	return nil
}

// parseIDs parses the global ids of a lookup.
func (x *execution) parseIDs(l *lookup) error {
	texts, err := l.IDs(l.field.ArgumentMap(x.op.Variables))
	if err != nil {
		return &argumentError{err}
	}
	ids := make([]db.NodeID, len(texts))
	for i, text := range texts {
		ids[i], _ = db.ParseNodeID(text)
	}
	x.lookups = append(x.lookups, ids)
	return nil
}

// runResolvers lets the resolvers answer plan.resolverFields from db. It returns true if a
// non-null field failed, so that the data of the whole answer is null.
func (x *execution) runResolvers(db *query.DB) (failed bool) {
	operation := *x.op.Operation
	operation.SelectionSet = x.plan.resolverFields
	ctx := graphql.WithResponseContext(x.schema.conf.WithDB(x.ctx, db), x.schema.conf.PresentError, x.schema.conf.Recover)
	ctx = graphql.WithOperationContext(ctx, &graphql.OperationContext{
		RawQuery: x.op.RawQuery, Variables: x.op.Variables, OperationName: x.op.OperationName, Doc: x.op.Doc,
		Extensions: x.op.Extensions, Headers: x.op.Headers, Operation: &operation,
		DisableIntrospection: x.op.DisableIntrospection, RecoverFunc: x.op.RecoverFunc,
		ResolverMiddleware: x.op.ResolverMiddleware, RootResolverMiddleware: x.op.RootResolverMiddleware, Stats: x.op.Stats,
	})
	resp := x.schema.ExecutableSchema.Exec(ctx)(ctx)
	x.errs = graphql.GetErrors(ctx)
	return json.Unmarshal(resp.Data, &x.resolverData) != nil || x.resolverData == nil
}

// takeBuffers takes buffers for the levels without rows.
func (x *execution) takeBuffers() {
	for i := range x.levels {
		if lr := &x.levels[i]; lr.count == 0 && lr.pooled == nil {
			lr.takeBuffers()
		}
	}
}

func (x *execution) returnBuffers() {
	for i := range x.levels {
		x.levels[i].returnBuffers()
	}
}
