package graph

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/fault"
)

// figureTypes are the types that a caller sees who may read only figures over groups of students, with the
// fields of each type; nil stands for all fields. Other types are refused, so that a new type is refused
// until it is added here. The scope of the caller hides the rows of persons as well: see
// query.Scope.FiguresOnly.
var figureTypes = map[string][]string{
	"Query": nil, "Viewer": {"name", "kind", "keyPrefix", "readOnly", "expiresAt", "minGroup", "pseudonymous", "note", "courses"}, "Account": nil, "Course": nil, "Section": nil, "Assignment": nil, "PageInfo": nil,
	"AccountConnection": nil, "AccountEdge": nil, "CourseConnection": nil, "CourseEdge": nil,
	"AssignmentConnection": nil, "AssignmentEdge": nil,
	"ResultConnection": {"stats", "groups"}, "ResultStats": nil, "NumberStats": nil, "Histogram": nil,
	"ResultGroupList": nil, "ResultGroup": nil, "ScoreBand": nil,
	"ResultGroupKeyValue": {"assignment", "section", "state", "outcome", "revision", "hour", "day", "week", "month", "weekday", "scoreBand"},
	"StepStats":           nil, "Activity": nil, "AttemptsUntilPass": nil, "AttemptsBucket": nil, "Transition": nil,
	"ItemAnalysis": nil, "ItemStats": nil, "CoFailure": nil,
	"Bundle": nil, // a recipe or config, which is null
}

// refuseRows returns an error if the caller may read only figures, and the operation selects anything else.
func refuseRows(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	if access.PresumedCaller(ctx).MinGroup == 0 {
		return nil
	}
	c := figureChecker{visited: map[*ast.FragmentDefinition]bool{}}
	c.check(op.Operation.SelectionSet)
	return c.err
}

// A figureChecker finds the first field that a caller may not select who may read only figures.
type figureChecker struct {
	visited map[*ast.FragmentDefinition]bool
	err     *gqlerror.Error
}

func (c *figureChecker) check(set ast.SelectionSet) {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			if !isFigure(sel) && c.err == nil {
				c.err = refusedField(sel)
			}
			c.check(sel.SelectionSet)
		case *ast.InlineFragment:
			c.check(sel.SelectionSet)
		case *ast.FragmentSpread:
			if !c.visited[sel.Definition] {
				c.visited[sel.Definition] = true
				c.check(sel.Definition.SelectionSet)
			}
		}
	}
}

// isFigure reports whether a field and its type are in figureTypes, or describe the schema.
func isFigure(f *ast.Field) bool {
	parent := f.ObjectDefinition.Name
	if strings.HasPrefix(f.Name, "__") || strings.HasPrefix(parent, "__") {
		return true
	}
	fields, known := figureTypes[parent]
	_, typeKnown := figureTypes[f.Definition.Type.Name()]
	return known && (fields == nil || slices.Contains(fields, f.Name)) && (typeKnown || len(f.SelectionSet) == 0)
}

func refusedField(f *ast.Field) *gqlerror.Error {
	const message = "This API key may read only figures over groups of students, and not the field %s of %s: use another key."
	err := gqlerror.ErrorPosf(f.Position, message, f.Name, f.ObjectDefinition.Name)
	err.Err = fault.New(fault.Forbidden, fmt.Sprintf(message, f.Name, f.ObjectDefinition.Name))
	err.Extensions = map[string]any{"code": fault.Forbidden.Code}
	return err
}
