package graph

import (
	"encoding/json"
	"math"
	"reflect"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// listSize is the number of items of a list about which the schema says nothing.
const listSize = 10

// size returns how many objects field f gives at most for one parent: 1 when it is no
// list, the page's length for the lists of a connection, and for other lists what the
// directive @listSize of the schema says (IBM GraphQL Cost Directives). A list of lists
// counts as one list of all its items.
func (m *meter) size(f *ast.Field, page int64) int64 {
	def := f.Definition
	if def.Type.Elem == nil {
		return 1
	}
	if f.ObjectDefinition != nil && isConnection(f.ObjectDefinition.Name) {
		return page
	}
	d := def.Directives.ForName("listSize")
	if d == nil {
		return listSize
	}
	if n, ok := m.sliced(f, d); ok {
		return n
	}
	if n, ok := whole(m.value(d.Arguments.ForName("assumedSize"))); ok {
		return n
	}
	return listSize
}

// sliced returns the largest number or length among the slicing arguments that d names;
// ok is false when f has none of them.
func (m *meter) sliced(f *ast.Field, d *ast.Directive) (size int64, ok bool) {
	names, _ := m.value(d.Arguments.ForName("slicingArguments")).([]any)
	for _, name := range names {
		name, _ := name.(string)
		def := f.Definition.Arguments.ForName(name)
		v := m.value(f.Arguments.ForName(name))
		if def == nil || v == nil {
			continue
		}
		n, isNumber := whole(v)
		if def.Type.Elem != nil || !isNumber {
			n = length(v)
		}
		size, ok = max(size, n), true
	}
	return min(size, enough), ok
}

// length returns the length of a list; one item may stand for a list of one.
func length(v any) int64 {
	if list := reflect.ValueOf(v); list.Kind() == reflect.Slice {
		return int64(list.Len())
	}
	return 1
}

// page returns the length of the page that f asks for; 1 when f is no connection. A
// length that can not be is an error, and counts as the longest page.
func (m *meter) page(f *ast.Field) int64 {
	if !isConnection(f.Definition.Type.NamedType) {
		return 1
	}
	page := int64(-1)
	for _, name := range []string{"first", "last"} {
		if n, ok := m.asked(f, name); ok {
			page = max(page, n)
		}
	}
	if page < 0 {
		return int64(m.lim.PageSize)
	}
	return page
}

// asked returns argument name of f, or its default in the schema; ok is false when there
// is neither.
func (m *meter) asked(f *ast.Field, name string) (n int64, ok bool) {
	def := f.Definition.Arguments.ForName(name)
	if def == nil {
		return 0, false
	}
	v := m.value(f.Arguments.ForName(name))
	if v == nil {
		v = m.value(&ast.Argument{Value: def.DefaultValue})
	}
	if v == nil {
		return 0, false
	}
	longest := int64(m.lim.MaxPage)
	switch n, ok := whole(v); {
	case ok && 0 <= n && n <= longest:
		return n, true
	case ok && n > longest && m.err == nil:
		m.err = exceededBy(n, "page", longest,
			"“%s: %d” is more than a page can have: ask for at most %d, and continue with the cursor in pageInfo", name, n, longest)
	default:
		m.fail(f.Position, "“%s” of %s must be a number from 0 to %d", name, f.Name, longest)
	}
	return longest, true
}

// whole returns v as a whole number. A number comes as int64 from the document, as
// json.Number or string from the variables; what does not fit becomes the nearest that does.
func whole(v any) (n int64, ok bool) {
	switch v := v.(type) {
	case int:
		return int64(v), true
	case int64:
		return v, true
	case float64:
		return int64(max(-enough, min(v, enough))), v == math.Trunc(v)
	case json.Number:
		return whole(string(v))
	case string:
		n, err := strconv.ParseInt(v, 10, 64)
		return n, err == nil
	}
	return 0, false
}
