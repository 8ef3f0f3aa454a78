package bundle

// tagScanner finds the attributes of the tags in XML: a quote starts a value
// inside a tag, but not in text, a comment or CDATA. It never leaves a comment
// or CDATA later than encoding/xml does, so it misses no attribute.
type tagScanner struct {
	state    markupState
	quote    byte    // the quote that ends the value, while inValue
	previous [2]byte // the previous two bytes, in a comment, CDATA or instruction
}

type markupState byte

const (
	inText    markupState = iota
	inOpening             // right after "<"
	inBang                // right after "<!"
	inTag
	inValue
	inComment
	inCDATA
	inInstruction // <?…?>
)

// next scans the next byte and reports whether it starts an attribute's value.
func (t *tagScanner) next(c byte) (startsValue bool) {
	switch t.state {
	case inText:
		if c == '<' {
			t.state = inOpening
		}
	case inOpening:
		t.state, t.previous = stateAfterLess(c), [2]byte{}
	case inBang:
		t.state = stateAfterBang(c)
	case inTag:
		return t.nextInTag(c)
	case inValue:
		if c == t.quote {
			t.state = inTag
		}
	case inComment:
		t.leaveAt(c, t.previous == [2]byte{'-', '-'})
	case inCDATA:
		t.leaveAt(c, t.previous == [2]byte{']', ']'})
	case inInstruction:
		t.leaveAt(c, t.previous[1] == '?')
	}
	return false
}

func (t *tagScanner) nextInTag(c byte) (startsValue bool) {
	switch c {
	case '"', '\'':
		t.state, t.quote = inValue, c
		return true
	case '<':
		t.state = inOpening
	case '>':
		t.state = inText
	}
	return false
}

// leaveAt ends a comment, CDATA or an instruction when c is the ">" after its
// closing bytes.
func (t *tagScanner) leaveAt(c byte, closing bool) {
	if c == '>' && closing {
		t.state = inText
	}
	t.previous = [2]byte{t.previous[1], c}
}

// stateAfterLess returns the state after "<" and c.
func stateAfterLess(c byte) markupState {
	switch c {
	case '!':
		return inBang
	case '?':
		return inInstruction
	}
	return inTag
}

// stateAfterBang returns the state after "<!" and c. A document type counts as
// text: the scanner rejects it as soon as it ends.
func stateAfterBang(c byte) markupState {
	switch c {
	case '-':
		return inComment
	case '[':
		return inCDATA
	}
	return inText
}
