package fastpath

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/query"
)

// An execution answers one operation by its plan.
type execution struct {
	ctx     context.Context
	schema  *Schema
	plan    *plan
	op      *graphql.OperationContext
	scope   query.Scope
	report  *Report
	levels  []levelRows                // by the ids of the levels
	lookups [][]db.NodeID              // by the ids of the lookups; the zero NodeID is no id
	cellFns []CellFunc                 // of the computed fields
	cell    []byte                     // the last computed cell
	data    []byte                     // of the answer, as far as it is written and not sent
	stream  *rowStream                 // the rows of the last statement, if they are written while they are read
	large   bool                       // counts as a large operation
	members map[string]json.RawMessage // of the resolvers' answer
	errs    gqlerror.List              // of the resolvers
}

var errNullForNonNull = errors.New("a value is null that the schema declares not null")

// run returns the answer, without data when that was streamed.
func (x *execution) run() (*graphql.Response, error) {
	x.levels = make([]levelRows, len(x.plan.levels))
	defer x.returnBuffers()
	if err := x.prepare(); err != nil {
		return nil, err
	}
	defer x.releaseLarge()
	var data []byte
	err := x.schema.conf.DB.InSnapshot(x.ctx, func(sn *query.Snapshot) error {
		if x.plan.resolved != nil {
			if failed := x.resolve(sn.DB()); failed {
				data = []byte("null")
				return nil
			}
		}
		defer func() { x.report.Statements = sn.Statements }()
		return sn.ReadPlans(x.ctx, func() error { return x.readAndWrite(sn) })
	})
	if err == nil && data == nil {
		data, err = x.finish()
	}
	if err != nil {
		return nil, err
	}
	return &graphql.Response{Data: data, Errors: x.errs}, nil
}

// readAndWrite reads all statements and writes the data.
func (x *execution) readAndWrite(sn *query.Snapshot) error {
	statements := x.requiredStatements()
	for i, st := range statements {
		if err := x.read(sn, st, i+1 < len(statements)); err != nil {
			return err
		}
	}
	if x.stream == nil {
		return x.write()
	}
	return errors.Join(x.write(), x.stream.close())
}

// prepare converts the arguments and loads the objects that are not in the store.
func (x *execution) prepare() error {
	for _, l := range x.plan.lookups {
		if err := x.parseIDs(l); err != nil {
			return err
		}
	}
	x.cell = make([]byte, 0, 64) // not nil, which is null
	x.cellFns = make([]CellFunc, len(x.plan.computed))
	for i, c := range x.plan.computed {
		x.cellFns[i] = c.New()
	}
	for _, lv := range x.plan.levels {
		x.levels[lv.id].takeBuffers()
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

// resolve has the resolvers answer the root fields that the plan does not support, from db. It
// reports whether a field failed that can not be null, so that there is no data.
func (x *execution) resolve(db *query.DB) (failed bool) {
	operation := *x.op.Operation
	operation.SelectionSet = x.plan.resolved
	ctx := graphql.WithResponseContext(x.schema.conf.WithDB(x.ctx, db), x.schema.conf.PresentError, x.schema.conf.Recover)
	ctx = graphql.WithOperationContext(ctx, &graphql.OperationContext{
		RawQuery: x.op.RawQuery, Variables: x.op.Variables, OperationName: x.op.OperationName, Doc: x.op.Doc,
		Extensions: x.op.Extensions, Headers: x.op.Headers, Operation: &operation,
		DisableIntrospection: x.op.DisableIntrospection, RecoverFunc: x.op.RecoverFunc,
		ResolverMiddleware: x.op.ResolverMiddleware, RootResolverMiddleware: x.op.RootResolverMiddleware, Stats: x.op.Stats,
	})
	resp := x.schema.ExecutableSchema.Exec(ctx)(ctx)
	x.errs = graphql.GetErrors(ctx)
	return json.Unmarshal(resp.Data, &x.members) != nil || x.members == nil
}

func (x *execution) returnBuffers() {
	for i := range x.levels {
		x.levels[i].returnBuffers()
	}
}
