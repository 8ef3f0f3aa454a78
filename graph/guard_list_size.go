package graph

import (
	"encoding/json"
	"math"
	"reflect"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/momotor/resultgraph/graph/fastpath"
)

// defaultListSize is the assumed length of a list without @listSize in the schema.
const defaultListSize = 10

// listSize returns the maximum number of objects of field f for one parent: 1 if f is not a list,
// the length of the page for the lists of a connection, and for other lists the size that the
// schema's directive @listSize states (IBM GraphQL Cost Directives). A list of lists counts as one
// list of all items.
func (e *costEstimator) listSize(f *ast.Field, page int64) int64 {
	def := f.Definition
	if def.Type.Elem == nil {
		return 1
	}
	if f.ObjectDefinition != nil && hasPages(f.ObjectDefinition.Name) {
		return page
	}
	d := def.Directives.ForName("listSize")
	if d == nil {
		return defaultListSize
	}
	if n, ok := e.slicingSize(f, d); ok {
		return n
	}
	if n, ok := toInteger(e.value(d.Arguments.ForName("assumedSize"))); ok {
		return n
	}
	return defaultListSize
}

// rowsRead returns the number of rows that the figures of field f read for one parent, without those of
// the fields below f.
func (e *costEstimator) rowsRead(f *ast.Field, in listScope) int64 {
	switch {
	case f.ObjectDefinition == nil || isConnection(f.Definition.Type.Name()):
		return 0
	case isConnection(f.ObjectDefinition.Name) && hasFigures(f):
		return in.rows
	}
	return scanSize(f.Definition)
}

// hasFigures reports whether a field of a connection has figures about its list.
func hasFigures(f *ast.Field) bool {
	_, ok := figures[f.ObjectDefinition.Name+"."+f.Name]
	return ok
}

// scanSize returns the number of rows that the schema's directive @scanSize states, 0 without it.
func scanSize(def *ast.FieldDefinition) int64 { return int64(fastpath.ScanSize(def)) }

// slicingSize returns the largest number or length among the slicing arguments that directive d
// names; ok is false if f has no such argument.
func (e *costEstimator) slicingSize(f *ast.Field, d *ast.Directive) (size int64, ok bool) {
	names, _ := e.value(d.Arguments.ForName("slicingArguments")).([]any)
	for _, name := range names {
		name, _ := name.(string)
		def := f.Definition.Arguments.ForName(name)
		v := e.value(f.Arguments.ForName(name))
		if def == nil || v == nil {
			continue
		}
		n, isNumber := toInteger(v)
		if def.Type.Elem != nil || !isNumber {
			n = listLength(v)
		}
		size, ok = max(size, n), true
	}
	return min(size, maxCount), ok
}

// listLength returns the length of a list. A single item counts as a list of one.
func listLength(v any) int64 {
	if list := reflect.ValueOf(v); list.Kind() == reflect.Slice {
		return int64(list.Len())
	}
	return 1
}

// pageLength returns the maximum length of the page that f requests, or 1 if f has no pages. nested is true if
// a connection contains f.
func (e *costEstimator) pageLength(f *ast.Field, nested bool) int64 {
	switch typeName := f.Definition.Type.NamedType; {
	case !hasPages(typeName):
		return 1
	case f == e.shortened:
		return e.page
	case typeName == "AccountConnection" || typeName == "CourseConnection":
		return min(e.requestedPage(f, nested), e.maxCourses)
	}
	return e.requestedPage(f, nested)
}

// requestedPage returns the length of the page that f requests. An invalid length sets e.err, and counts as the
// longest page.
func (e *costEstimator) requestedPage(f *ast.Field, nested bool) int64 {
	page := int64(-1)
	for _, name := range []string{"first", "last"} {
		if n, ok := e.pageArgument(f, name); ok {
			page = max(page, n)
		}
	}
	switch {
	case page >= 0:
		return page
	case nested:
		return int64(e.lim.NestedPageSize)
	}
	return int64(e.lim.PageSize)
}

// pageArgument returns the value of an argument of f, or its default in the schema; ok is false if
// the argument has neither a value nor a default.
func (e *costEstimator) pageArgument(f *ast.Field, name string) (n int64, ok bool) {
	def := f.Definition.Arguments.ForName(name)
	if def == nil {
		return 0, false
	}
	v := e.value(f.Arguments.ForName(name))
	if v == nil {
		v = e.value(&ast.Argument{Value: def.DefaultValue})
	}
	if v == nil {
		return 0, false
	}
	maxPage := int64(e.lim.MaxPage)
	switch n, ok := toInteger(v); {
	case ok && 0 <= n && n <= maxPage:
		return n, true
	case ok && n > maxPage && e.err == nil:
		e.err = limitErrorWithActual(n, "page", maxPage,
			"“%s: %d” is too large; request at most %d items, and continue with the cursor in pageInfo.", name, n, maxPage)
	default:
		e.fail(f.Position, "“%s” of %s must be a number from 0 to %d.", name, f.Name, maxPage)
	}
	return maxPage, true
}

// toInteger returns v as an integer; ok is false if v is not an integer or does not fit in an
// int64. Integers in the document have the type int64, and integers in variables the type
// json.Number or string.
func toInteger(v any) (n int64, ok bool) {
	switch v := v.(type) {
	case int:
		return int64(v), true
	case int64:
		return v, true
	case float64:
		return int64(max(-maxCount, min(v, maxCount))), v == math.Trunc(v)
	case json.Number:
		return toInteger(string(v))
	case string:
		n, err := strconv.ParseInt(v, 10, 64)
		return n, err == nil
	}
	return 0, false
}
