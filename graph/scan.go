package graph

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
)

// scan counts what a document holds as it is written, without parsing it. Validation
// compares all that a selection asks for more than once, and does so again for every
// inline fragment and every definition around it, so four kilobytes can keep it busy for
// seconds; that is why the document is measured before. What is no document at all is
// left to the parser.
func scan(query string, lim Limits) *gqlerror.Error {
	s := scanner{lex: lexer.New(&ast.Source{Input: query})}
	for s.next() {
		if err := s.check(lim); err != nil {
			return err
		}
	}
	return nil
}

// A scanner walks over the tokens of a document and keeps the counts so far.
type scanner struct {
	lex       lexer.Lexer
	tok, prev lexer.Token

	tokens, definitions, directives, fields, repeats int

	parens int
	// sets are the selections around the current token, the innermost last.
	sets []set
	// onType is true when a type condition comes next, inline when the next brace opens an
	// inline fragment, whose fields belong to the selection around it.
	onType, inline bool
}

// A set is a selection: the names that it has so far, and how many inline fragments
// within each other it is in. Each of them is one more time that it is compared.
type set struct {
	names  map[string]bool
	inline int
}

// next takes one more token, and returns false at the end or at what is no token.
func (s *scanner) next() bool {
	s.prev = s.tok
	tok, err := s.lex.ReadToken()
	if err != nil || tok.Kind == lexer.EOF {
		return false
	}
	s.tok = tok
	s.tokens++
	switch tok.Kind {
	case lexer.At:
		s.directives++
	case lexer.ParenL:
		s.parens++
	case lexer.ParenR:
		s.parens--
	}
	if s.parens == 0 {
		s.outside()
	}
	return true
}

// outside takes a token that is not part of arguments or variables.
func (s *scanner) outside() {
	switch s.tok.Kind {
	case lexer.BraceL:
		s.open()
	case lexer.BraceR:
		s.sets = s.sets[:max(0, len(s.sets)-1)]
	case lexer.Spread:
		s.inline = true
	case lexer.Name:
		s.name()
	}
}

func (s *scanner) open() {
	inner := set{names: map[string]bool{}}
	switch {
	case len(s.sets) == 0:
		s.definitions++
	case s.inline:
		inner = s.sets[len(s.sets)-1]
		inner.inline++
	}
	s.sets = append(s.sets, inner)
	s.inline = false
}

func (s *scanner) name() {
	switch {
	case s.onType:
		s.onType = false
	case s.prev.Kind == lexer.Spread && s.tok.Value == "on":
		s.onType = true
	case s.prev.Kind == lexer.Spread:
		s.inline = false
		s.ask("..." + s.tok.Value)
	case s.prev.Kind == lexer.At, s.prev.Kind == lexer.Colon, len(s.sets) == 0:
		// The name of a directive, of a field that has an alias, or of a definition.
	default:
		s.inline = false
		s.fields++
		s.ask(s.tok.Value)
	}
}

// ask notes what the current selection asks for.
func (s *scanner) ask(what string) {
	if len(s.sets) == 0 {
		return
	}
	in := s.sets[len(s.sets)-1]
	if in.names[what] {
		s.repeats += 1 + in.inline
	}
	in.names[what] = true
}

func (s *scanner) check(lim Limits) *gqlerror.Error {
	switch {
	case s.tokens > lim.Tokens:
		return exceeded("tokens", int64(lim.Tokens),
			"the document has more than %d tokens: split it into smaller ones", lim.Tokens)
	case s.definitions > lim.Definitions:
		return exceeded("definitions", int64(lim.Definitions),
			"the document has more than %d operations and fragments: send only those that are used", lim.Definitions)
	case s.directives > lim.Directives:
		return exceeded("directives", int64(lim.Directives),
			"the document has more than %d directives: leave some out", lim.Directives)
	case s.fields > lim.Fields:
		return exceeded("fields", int64(lim.Fields),
			"the document has more than %d fields: split it into smaller ones", lim.Fields)
	case s.repeats > lim.Repeats:
		return exceeded("repeats", int64(lim.Repeats),
			"the document asks more than %d times for what the same selection has already: ask for each field and fragment once", lim.Repeats)
	case len(s.sets) > 2*lim.Depth:
		return exceeded("depth", int64(lim.Depth),
			"the document is nested much deeper than the %d levels that are allowed: start closer to what you need, or use several operations", lim.Depth)
	}
	return nil
}
