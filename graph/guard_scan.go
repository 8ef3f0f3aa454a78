package graph

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
)

// scanDocument checks the limits for the text of a document, without parsing the text. Validation
// compares all members of a selection set with each other, and repeats this for every inline
// fragment and every definition that contains the set. It can take seconds for a document of four
// kilobytes, so scanDocument runs before it. scanDocument accepts text that is not a document; the
// parser rejects such text.
func scanDocument(query string, lim Limits) *gqlerror.Error {
	s := documentScanner{lex: lexer.New(&ast.Source{Input: query})}
	for s.next() {
		if err := s.check(lim); err != nil {
			return err
		}
	}
	return nil
}

// A documentScanner counts the parts of a document, token by token.
type documentScanner struct {
	lex             lexer.Lexer
	token, previous lexer.Token

	tokens, definitions, directives, fields, repeats int

	parens int // the number of open parentheses
	// selections are the selection sets that contain the current token, the innermost last.
	selections []selection
	// expectTypeName is true after the "on" of a type condition. expectInlineFragment is true
	// between "..." and the brace that opens an inline fragment.
	expectTypeName, expectInlineFragment bool
}

// A selection is a selection set. Its members are the names of its fields and fragment spreads. An
// inline fragment shares the members of the set that contains it. Its inlineFragments is the number
// of inline fragments that contain the set: validation compares the members again for each of them.
type selection struct {
	members         map[string]bool
	inlineFragments int
}

// next reads one more token. It returns false at the end and at text that is not a token.
func (s *documentScanner) next() bool {
	s.previous = s.token
	token, err := s.lex.ReadToken()
	if err != nil || token.Kind == lexer.EOF {
		return false
	}
	s.token = token
	s.tokens++
	switch token.Kind {
	case lexer.At:
		s.directives++
	case lexer.ParenL:
		s.parens++
	case lexer.ParenR:
		s.parens--
	}
	if s.parens == 0 {
		s.scanToken()
	}
	return true
}

// scanToken processes a token outside of arguments and variables.
func (s *documentScanner) scanToken() {
	switch s.token.Kind {
	case lexer.BraceL:
		s.openSelection()
	case lexer.BraceR:
		s.selections = s.selections[:max(0, len(s.selections)-1)]
	case lexer.Spread:
		s.expectInlineFragment = true
	case lexer.Name:
		s.scanName()
	}
}

func (s *documentScanner) openSelection() {
	set := selection{members: map[string]bool{}}
	switch {
	case len(s.selections) == 0:
		s.definitions++
	case s.expectInlineFragment:
		set = s.selections[len(s.selections)-1]
		set.inlineFragments++
	}
	s.selections = append(s.selections, set)
	s.expectInlineFragment = false
}

func (s *documentScanner) scanName() {
	switch {
	case s.expectTypeName:
		s.expectTypeName = false
	case s.previous.Kind == lexer.Spread && s.token.Value == "on":
		s.expectTypeName = true
	case s.previous.Kind == lexer.Spread:
		s.expectInlineFragment = false
		s.addMember("..." + s.token.Value)
	case s.previous.Kind == lexer.At, s.previous.Kind == lexer.Colon, len(s.selections) == 0:
		// The name of a directive, of a field that has an alias, or of a definition.
	default:
		s.expectInlineFragment = false
		s.fields++
		s.addMember(s.token.Value)
	}
}

// addMember adds a field or a fragment spread to the current selection.
func (s *documentScanner) addMember(name string) {
	if len(s.selections) == 0 {
		return
	}
	current := s.selections[len(s.selections)-1]
	if current.members[name] {
		s.repeats += 1 + current.inlineFragments
	}
	current.members[name] = true
}

func (s *documentScanner) check(lim Limits) *gqlerror.Error {
	switch {
	case s.tokens > lim.Tokens:
		return limitError("tokens", int64(lim.Tokens),
			"The document has more than %d tokens; split it into smaller documents.", lim.Tokens)
	case s.definitions > lim.Definitions:
		return limitError("definitions", int64(lim.Definitions),
			"The document has more than %d operations and fragments; remove those that the operation does not use.", lim.Definitions)
	case s.directives > lim.Directives:
		return limitError("directives", int64(lim.Directives),
			"The document has more than %d directives; remove some.", lim.Directives)
	case s.fields > lim.Fields:
		return limitError("fields", int64(lim.Fields),
			"The document has more than %d fields; split it into smaller documents.", lim.Fields)
	case s.repeats > lim.Repeats:
		return limitError("repeats", int64(lim.Repeats),
			"The document repeats fields or fragments of a selection more than %d times; select each field and fragment once.", lim.Repeats)
	case len(s.selections) > 2*lim.Depth:
		return limitError("depth", int64(lim.Depth),
			"The document nests much deeper than %d levels; reduce the nesting or split the operation.", lim.Depth)
	}
	return nil
}
