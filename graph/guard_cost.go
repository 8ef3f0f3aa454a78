package graph

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/momotor/resultgraph/internal/fault"
)

// A cost is the estimated cost of a selection for one parent object. Its numbers are at most
// maxCount.
type cost struct {
	fields, aliases, depth, nodes int64
	// values is the number of objects and scalars in the response.
	values int64
	// rows is the number of results and steps that figures read.
	rows int64
}

// maxCount is the largest number of a cost. A JSON number represents it exactly, and the sum and
// the product of two such numbers fit in an int64.
const maxCount = 1 << 31

func addCapped(a, b int64) int64      { return min(a+b, maxCount) }
func multiplyCapped(a, b int64) int64 { return min(a*b, maxCount) }

// add returns the cost of two selections together.
func (c cost) add(other cost) cost {
	return cost{
		fields:  addCapped(c.fields, other.fields),
		aliases: addCapped(c.aliases, other.aliases),
		depth:   max(c.depth, other.depth),
		nodes:   addCapped(c.nodes, other.nodes),
		values:  addCapped(c.values, other.values),
		rows:    addCapped(c.rows, other.rows),
	}
}

// A costEstimator estimates the cost of an operation. It estimates a fragment once for each size of
// a list that contains the fragment, and not for each use: a document with n fragments can have
// 2ⁿ uses.
type costEstimator struct {
	lim  Limits
	vars map[string]any
	// maxCourses is the maximum length of a list of courses or accounts.
	maxCourses int64
	// page is the length of the page of the field shortened, in place of the length that the field requests.
	shortened *ast.Field
	page      int64
	fragments map[fragmentUse]cost
	err       *gqlerror.Error // the first invalid argument or directive
}

// A fragmentUse is a fragment, with the list that contains it.
type fragmentUse struct {
	fragment *ast.FragmentDefinition
	in       listScope
}

// A listScope is the list to which a selection set belongs.
type listScope struct {
	// page is the length of the page if the list is a connection, and 1 otherwise.
	page int64
	// rows is the number of rows that figures about the list read: see scanSize.
	rows int64
	// nested is true if a connection contains the list, or is the list.
	nested bool
}

// rootScope is the list of one root object.
var rootScope = listScope{page: 1}

// operationCost returns the cost of an operation.
func (e *costEstimator) operationCost(op *ast.OperationDefinition) cost {
	return e.selectionCost(op.SelectionSet, rootScope)
}

// selectionCost returns the cost of a selection set. All type conditions count as true, so the cost is an
// upper bound.
func (e *costEstimator) selectionCost(set ast.SelectionSet, in listScope) cost {
	var total cost
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			if e.isIncluded(sel.Directives) {
				total = total.add(e.fieldCost(sel, in))
			}
		case *ast.InlineFragment:
			if e.isIncluded(sel.Directives) {
				total = total.add(e.selectionCost(sel.SelectionSet, in))
			}
		case *ast.FragmentSpread:
			if e.isIncluded(sel.Directives) {
				total = total.add(e.fragmentCost(sel.Definition, in))
			}
		}
	}
	return total
}

func (e *costEstimator) fragmentCost(f *ast.FragmentDefinition, in listScope) cost {
	use := fragmentUse{f, in}
	if c, ok := e.fragments[use]; ok {
		return c
	}
	c := e.selectionCost(f.SelectionSet, in)
	if e.fragments == nil {
		e.fragments = map[fragmentUse]cost{}
	}
	e.fragments[use] = c
	return c
}

func (e *costEstimator) fieldCost(f *ast.Field, in listScope) cost {
	e.checkArguments(f)
	c := cost{fields: 1, depth: 1, rows: e.rowsRead(f, in)}
	if f.Alias != f.Name {
		c.aliases = 1
	}
	size := e.listSize(f, in.page)
	if len(f.SelectionSet) == 0 {
		c.values = size
		return c
	}
	children := e.selectionCost(f.SelectionSet, e.scopeOf(f, in))
	c.fields = addCapped(c.fields, children.fields)
	c.aliases = addCapped(c.aliases, children.aliases)
	c.depth = addCapped(c.depth, children.depth)
	c.nodes = multiplyCapped(size, addCapped(1, children.nodes))
	c.values = multiplyCapped(size, addCapped(1, children.values))
	c.rows = addCapped(c.rows, multiplyCapped(size, children.rows))
	return c
}

// scopeOf returns the list to which the selection set of f belongs.
func (e *costEstimator) scopeOf(f *ast.Field, in listScope) listScope {
	return listScope{
		page: e.pageLength(f, in.nested), rows: scanSize(f.Definition),
		nested: in.nested || isConnection(f.Definition.Type.Name()),
	}
}

// checkArguments rejects literals that are out of range, such as a number of twenty digits: gqlgen
// panics on such a literal.
func (e *costEstimator) checkArguments(f *ast.Field) {
	for _, arg := range f.Arguments {
		if _, err := arg.Value.Value(e.vars); err != nil {
			e.fail(arg.Position, "The value of “%s” is out of range; use a smaller number.", arg.Name)
		}
	}
}

// isIncluded reports whether the directives of a selection include it in the operation.
func (e *costEstimator) isIncluded(directives ast.DirectiveList) bool {
	included := true
	for _, d := range directives {
		switch d.Name {
		case "defer":
			e.fail(d.Position, "This server does not support @defer; remove the directive.")
		case "skip", "include":
			// A variable with a default can still be null, and gqlgen panics on a null condition.
			condition, ok := e.value(d.Arguments.ForName("if")).(bool)
			if !ok {
				e.fail(d.Position, "“if” of @%s must be true or false.", d.Name)
			}
			included = included && condition == (d.Name == "include")
		}
	}
	return included
}

// value returns the value of an argument in this request, or nil if the argument is absent or null.
func (e *costEstimator) value(arg *ast.Argument) any {
	if arg == nil {
		return nil
	}
	v, err := arg.Value.Value(e.vars)
	if err != nil {
		return err // an invalid value: an error is not nil, and no argument has its type
	}
	return v
}

func (e *costEstimator) fail(pos *ast.Position, format string, args ...any) {
	if e.err == nil {
		e.err = gqlerror.ErrorPosf(pos, format, args...)
		e.err.Extensions = map[string]any{"code": fault.BadInput.Code}
	}
}

// hasPages reports whether the lists of a type have the length of a page.
func hasPages(typeName string) bool { return isConnection(typeName) || typeName == "ResultGroupList" }

// isConnection reports whether a type is a Relay connection, by its name.
func isConnection(typeName string) bool { return strings.HasSuffix(typeName, connectionSuffix) }
