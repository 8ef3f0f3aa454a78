package graph

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/momotor/resultgraph/internal/fault"
)

// A tally is what a selection amounts to for one parent object. Its numbers stop growing
// at enough, which is exact in a JSON number and can not overflow when two are multiplied
// or added in int64.
type tally struct {
	fields, aliases, depth, nodes int64
}

const enough = 1 << 31

func plus(a, b int64) int64  { return min(a+b, enough) }
func times(a, b int64) int64 { return min(a*b, enough) }

// and returns the tally of two selections together.
func (t tally) and(u tally) tally {
	return tally{
		fields:  plus(t.fields, u.fields),
		aliases: plus(t.aliases, u.aliases),
		depth:   max(t.depth, u.depth),
		nodes:   plus(t.nodes, u.nodes),
	}
}

// A meter adds up operations. Each fragment is added up once for every page size around
// it, not for every use: a document with n fragments can have 2ⁿ uses. It holds the first
// thing that is wrong in itself.
type meter struct {
	lim  Limits
	vars map[string]any
	seen map[use]tally
	err  *gqlerror.Error
}

// A use is a fragment within a page of some length.
type use struct {
	fragment *ast.FragmentDefinition
	page     int64
}

// selection adds up one selection set within a page of the given length, which matters
// where it is that of a connection. A type condition is taken as met: the tally is never
// less than what will run.
func (m *meter) selection(set ast.SelectionSet, page int64) tally {
	var t tally
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			if m.runs(sel.Directives) {
				t = t.and(m.field(sel, page))
			}
		case *ast.InlineFragment:
			if m.runs(sel.Directives) {
				t = t.and(m.selection(sel.SelectionSet, page))
			}
		case *ast.FragmentSpread:
			if m.runs(sel.Directives) {
				t = t.and(m.fragment(sel.Definition, page))
			}
		}
	}
	return t
}

func (m *meter) fragment(f *ast.FragmentDefinition, page int64) tally {
	u := use{f, page}
	if t, ok := m.seen[u]; ok {
		return t
	}
	t := m.selection(f.SelectionSet, page)
	if m.seen == nil {
		m.seen = map[use]tally{}
	}
	m.seen[u] = t
	return t
}

func (m *meter) field(f *ast.Field, page int64) tally {
	m.arguments(f)
	t := tally{fields: 1, depth: 1}
	if f.Alias != f.Name {
		t.aliases = 1
	}
	if len(f.SelectionSet) == 0 {
		return t
	}
	inner := m.selection(f.SelectionSet, m.page(f))
	t.fields = plus(t.fields, inner.fields)
	t.aliases = plus(t.aliases, inner.aliases)
	t.depth = plus(t.depth, inner.depth)
	t.nodes = times(m.size(f, page), plus(1, inner.nodes))
	return t
}

// arguments refuses literals that are no value at all, such as a number of twenty digits:
// gqlgen panics on them.
func (m *meter) arguments(f *ast.Field) {
	for _, arg := range f.Arguments {
		if _, err := arg.Value.Value(m.vars); err != nil {
			m.fail(arg.Position, "the value of “%s” is out of range", arg.Name)
		}
	}
}

// runs reports whether directives let their selection run.
func (m *meter) runs(directives ast.DirectiveList) bool {
	on := true
	for _, d := range directives {
		switch d.Name {
		case "defer":
			m.fail(d.Position, "@defer is not supported here: leave it out")
		case "skip", "include":
			// A variable with a default can still be null; gqlgen panics on it.
			cond, ok := m.value(d.Arguments.ForName("if")).(bool)
			if !ok {
				m.fail(d.Position, "“if” of @%s must be true or false", d.Name)
			}
			on = on && cond == (d.Name == "include")
		}
	}
	return on
}

// value returns what an argument is in this request, nil when it is absent or null.
func (m *meter) value(arg *ast.Argument) any {
	if arg == nil {
		return nil
	}
	v, err := arg.Value.Value(m.vars)
	if err != nil {
		return err // neither nil nor of any type that an argument can have
	}
	return v
}

func (m *meter) fail(at *ast.Position, format string, args ...any) {
	if m.err == nil {
		m.err = gqlerror.ErrorPosf(at, format, args...)
		m.err.Extensions = map[string]any{"code": fault.BadInput.Code}
	}
}

// isConnection reports whether t is a page of a list, by Relay's rule for names.
func isConnection(t string) bool { return strings.HasSuffix(t, "Connection") }
