package fastpath

import (
	"context"
	"reflect"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/db/query"
)

// An Analysis is a field whose value a query.Analysis computes. The value consists of structs and lists;
// nothing below it is read from the store.
type Analysis struct {
	// Type is the type of the values. The fields of its structs have the names of the fields of the schema,
	// but may differ in upper and lower case. A method stands for a field with arguments.
	Type reflect.Type
	// Prepare decodes the field's arguments. Selected are the names of the fields that are selected on the
	// value.
	Prepare func(ctx context.Context, args map[string]any, selected []string) (query.AnyAnalysis, error)
	// Arguments returns a function that decodes the arguments of a field below the value into the
	// parameters of its method.
	Arguments func(field *ast.FieldDefinition, method reflect.Type) func(args map[string]any) ([]reflect.Value, error)
}

// compileAnalysis compiles the selection on the value of an analysis.
func (c *compiler) compileAnalysis(lv *level, f graphql.CollectedField) error {
	if c.plan.format != formatJSON {
		return &unsupportedError{f.ObjectDefinition.Name + "." + f.Name}
	}
	for _, child := range graphql.CollectFields(c.op, f.Selections, []string{f.Definition.Type.Name()}) {
		lv.analysisFields = append(lv.analysisFields, child.Name)
	}
	vc := valueCompiler{c, lv.relation.Analysis}
	encode, err := vc.compile(f.Definition.Type, lv.relation.Analysis.Type, f.Selections)
	if err != nil {
		return err
	}
	lv.encodeValue = encode
	// The text of each row is one segment.
	lv.objects, lv.objectSegments = []*object{{pieces: []piece{{}}, segments: 1}}, 1
	return nil
}

// readAnalysis reads the values of a level that has an analysis, and encodes them.
func (x *execution) readAnalysis(sn *query.Snapshot, lv *level, more bool) error {
	lr := &x.levels[lv.id]
	values, err := sn.ReadAnalysis(x.ctx, lr.analysis, x.scope, lr.keys, more)
	if err != nil {
		return err
	}
	for _, v := range values {
		before := len(lr.text)
		if lr.text, err = lv.encodeValue(x, lr.text, reflect.ValueOf(v)); err != nil {
			return err
		}
		lr.segmentEnds = append(lr.segmentEnds, uint32(len(lr.text)))
		lr.count++
		lr.firstRow = append(lr.firstRow, uint32(lr.count))
		if x.encoded += int64(len(lr.text) - before); x.encoded > x.maxEncoded {
			return x.budget.CheckBytes(x.encoded)
		}
	}
	return nil
}
