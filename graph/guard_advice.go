package graph

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// A shorterPage is a length of the page of a list with which an operation is within its limits.
type shorterPage struct {
	list   listPath
	length int64
}

// A listPath is the path from an operation to a field with pages.
type listPath []*ast.Field

// pageError returns the error of an operation whose lists are too long. The format has verbs for the cost, for its
// maximum, and for the page to request.
func (e *costEstimator) pageError(op *ast.OperationDefinition, actual int64, limit string, maximum int64, format string) *gqlerror.Error {
	page := e.longestShorterPage(op)
	err := limitErrorWithActual(actual, limit, maximum, format, actual, maximum, page)
	if page.list != nil {
		at := page.list.field().Position
		err.Locations = []gqlerror.Location{{Line: at.Line, Column: at.Column}}
	}
	return err
}

// String returns the argument that requests the page and the names of the fields that lead to the list, or only the
// name of the argument if there is no list.
func (p shorterPage) String() string {
	if p.list == nil {
		return "“first”"
	}
	argument := "first"
	if f := p.list.field(); f.Arguments.ForName("last") != nil && f.Arguments.ForName("first") == nil {
		argument = "last"
	}
	return fmt.Sprintf("“%s: %d” for “%s”", argument, p.length, p.list)
}

func (l listPath) field() *ast.Field { return l[len(l)-1] }

func (l listPath) String() string {
	var names []string
	for _, f := range l {
		names = append(names, f.Name)
	}
	return strings.Join(names, ".")
}

// longestShorterPage returns the longest page with which one of the lists on the most expensive path would bring the
// operation within its limits. It has no list if no list could alone.
func (e *costEstimator) longestShorterPage(op *ast.OperationDefinition) (longest shorterPage) {
	for _, list := range e.expensiveLists(op) {
		if n := e.allowedPage(op, list.field()); n > 0 && n >= longest.length {
			longest = shorterPage{list, n}
		}
	}
	return longest
}

// expensiveLists returns the fields with pages on the path from the operation that takes the most expensive field of
// each selection set, outer fields first.
func (e *costEstimator) expensiveLists(op *ast.OperationDefinition) (lists []listPath) {
	var path listPath
	scope := rootScope
	for set := op.SelectionSet; len(set) > 0; set = path.field().SelectionSet {
		field := e.mostExpensive(set, scope)
		if field == nil {
			break
		}
		path = append(path, field)
		if hasPages(field.Definition.Type.NamedType) {
			lists = append(lists, slices.Clone(path))
		}
		scope = e.scopeOf(field, scope)
	}
	return lists
}

// mostExpensive returns the field of a selection set that uses the largest part of a limit, or nil if the set has no
// field.
func (e *costEstimator) mostExpensive(set ast.SelectionSet, in listScope) (field *ast.Field) {
	largest := -1.0
	for _, f := range e.includedFields(set, map[*ast.FragmentDefinition]bool{}) {
		if part := e.largestPart(e.fieldCost(f, in)); part > largest {
			field, largest = f, part
		}
	}
	return field
}

// largestPart returns the largest part that a cost is of its limit, among the limits on the length of lists.
func (e *costEstimator) largestPart(c cost) float64 {
	return max(float64(c.nodes)/float64(e.lim.Nodes), float64(c.values)/float64(e.lim.Values), float64(c.rows)/float64(e.lim.Rows))
}

// includedFields returns the fields of a selection set and of its fragments. It visits each fragment once.
func (e *costEstimator) includedFields(set ast.SelectionSet, visited map[*ast.FragmentDefinition]bool) (fields []*ast.Field) {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			if e.isIncluded(sel.Directives) {
				fields = append(fields, sel)
			}
		case *ast.InlineFragment:
			if e.isIncluded(sel.Directives) {
				fields = append(fields, e.includedFields(sel.SelectionSet, visited)...)
			}
		case *ast.FragmentSpread:
			if e.isIncluded(sel.Directives) && !visited[sel.Definition] {
				visited[sel.Definition] = true
				fields = append(fields, e.includedFields(sel.Definition.SelectionSet, visited)...)
			}
		}
	}
	return fields
}

// allowedPage returns the length of the page of a list up to which the operation is within its limits, or 0 if there
// is none. The cost of an operation is linear in the length of a page.
func (e *costEstimator) allowedPage(op *ast.OperationDefinition, list *ast.Field) int64 {
	none, one := e.costWithPage(op, list, 0), e.costWithPage(op, list, 1)
	return min(
		allowedItems(none.nodes, one.nodes, e.lim.Nodes),
		allowedItems(none.values, one.values, e.lim.Values),
		allowedItems(none.rows, one.rows, e.lim.Rows),
	)
}

// costWithPage returns the cost of an operation with another length of the page of a list.
func (e *costEstimator) costWithPage(op *ast.OperationDefinition, list *ast.Field, page int64) cost {
	other := costEstimator{lim: e.lim, vars: e.vars, maxCourses: e.maxCourses, shortened: list, page: page}
	return other.operationCost(op)
}

// allowedItems returns the number of items whose cost is within a limit, from the costs of no item and of one.
func allowedItems(none, one, limit int64) int64 {
	switch {
	case one > limit:
		return 0
	case one == none:
		return maxCount
	}
	return (limit - none) / (one - none)
}
