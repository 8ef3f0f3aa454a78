package bundle

// markup follows the parts of XML as far as it takes to find the attributes of
// a tag: a quote opens a value in a tag, and nothing at all in text, in a
// comment or in CDATA. It never leaves a comment or CDATA later than
// encoding/xml does, so no attribute hides from it.
type markup struct {
	in    part
	quote byte    // that opened the value, in a value
	last  [2]byte // the two bytes before the next one, in the last three parts
}

type part byte

const (
	inText    part = iota
	inOpening      // right after "<"
	inBang         // right after "<!"
	inTag
	inValue
	inComment
	inCDATA
	inInstruction // <?…?>
)

// see takes the next byte and reports whether it opens an attribute's value.
func (m *markup) see(c byte) bool {
	switch m.in {
	case inText:
		if c == '<' {
			m.in = inOpening
		}
	case inOpening:
		m.in, m.last = opened(c), [2]byte{}
	case inBang:
		m.in = declared(c)
	case inTag:
		return m.tag(c)
	case inValue:
		if c == m.quote {
			m.in = inTag
		}
	case inComment:
		m.leave(c, m.last == [2]byte{'-', '-'})
	case inCDATA:
		m.leave(c, m.last == [2]byte{']', ']'})
	case inInstruction:
		m.leave(c, m.last[1] == '?')
	}
	return false
}

func (m *markup) tag(c byte) (value bool) {
	switch c {
	case '"', '\'':
		m.in, m.quote = inValue, c
		return true
	case '<':
		m.in = inOpening
	case '>':
		m.in = inText
	}
	return false
}

// leave ends a comment, CDATA or an instruction at a ">" behind its last bytes.
func (m *markup) leave(c byte, last bool) {
	if c == '>' && last {
		m.in = inText
	}
	m.last = [2]byte{m.last[1], c}
}

// opened says what "<" and then c open.
func opened(c byte) part {
	switch c {
	case '!':
		return inBang
	case '?':
		return inInstruction
	}
	return inTag
}

// declared says what "<!" and then c open. A document type counts as text: it
// is refused as soon as it ends.
func declared(c byte) part {
	switch c {
	case '-':
		return inComment
	case '[':
		return inCDATA
	}
	return inText
}
