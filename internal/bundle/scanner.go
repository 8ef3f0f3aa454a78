package bundle

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// scanner walks through the elements of one XML document, within the limits
// and without ever looking outside it: encoding/xml knows no entities but its
// own five, and a document type is refused.
type scanner struct {
	member   string
	d        *xml.Decoder
	lim      Limits
	open     []opening
	elements int
}

// opening is a start tag whose end tag has not come yet.
type opening struct {
	name string
	line int
}

// element is a start tag of the Momotor namespace.
type element struct {
	name  string
	line  int
	attrs []xml.Attr
}

func newScanner(member string, r io.Reader, lim Limits) *scanner {
	s := &scanner{member: member, lim: lim, d: xml.NewDecoder(newGuard(r, lim))}
	s.d.CharsetReader = s.charset
	return s
}

// charset lets ASCII pass and refuses what is not UTF-8.
func (s *scanner) charset(name string, r io.Reader) (io.Reader, error) {
	if strings.EqualFold(name, "ascii") || strings.EqualFold(name, "us-ascii") {
		return r, nil
	}
	return nil, s.fail(1, "the encoding is %s; save the file as UTF-8", shown(name))
}

// attr returns the value of an attribute that has no namespace, or "".
func (e *element) attr(name string) string {
	v, _ := e.lookup(name)
	return v
}

// lookup is attr that tells an absent attribute from an empty one.
func (e *element) lookup(name string) (string, bool) {
	for i := range e.attrs {
		if a := &e.attrs[i]; a.Name.Local == name && a.Name.Space == "" {
			return a.Value, true
		}
	}
	return "", false
}

// lang returns the xml:lang attribute, or "".
func (e *element) lang() string {
	for _, a := range e.attrs {
		if a.Name.Local == "lang" && a.Name.Space == "http://www.w3.org/XML/1998/namespace" {
			return a.Value
		}
	}
	return ""
}

// root reads up to and including the start tag of the root element.
func (s *scanner) root() (xml.StartElement, error) {
	for {
		switch t, err := s.token(); t := t.(type) {
		case xml.StartElement:
			return t, err
		case xml.CharData:
			if text := bytes.TrimSpace(bytes.TrimPrefix(t, []byte("\uFEFF"))); len(text) > 0 {
				return xml.StartElement{}, s.fail(s.line(), "there is text in front of the root element")
			}
		default:
			if err != nil {
				return xml.StartElement{}, err
			}
		}
	}
}

// children calls visit for each child of the element whose start tag was read
// last, up to and including its end tag. What visit leaves unread of a child
// is skipped, as are elements of other namespaces. The element's own text, and
// not that of its children, goes to text unless that is nil.
func (s *scanner) children(text *strings.Builder, visit func(e *element) error) error {
	depth := len(s.open)
	for {
		line := s.line()
		t, err := s.token()
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.EndElement:
			return nil
		case xml.CharData:
			if text != nil {
				text.Write(t)
			}
		case xml.StartElement:
			if t.Name.Space == Namespace || t.Name.Space == "" {
				err = visit(&element{t.Name.Local, line, t.Attr})
			}
			if err == nil {
				err = s.skip(depth)
			}
			if err != nil {
				return err
			}
		}
	}
}

// skip reads until no more than depth elements are open.
func (s *scanner) skip(depth int) error {
	for len(s.open) > depth {
		if _, err := s.token(); err != nil {
			return err
		}
	}
	return nil
}

// finish makes sure that nothing follows the root element.
func (s *scanner) finish() error {
	for {
		switch t, err := s.d.Token(); t := t.(type) {
		case xml.StartElement:
			return s.fail(s.line(), "a second root element <%s> follows the first", shown(t.Name.Local))
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				return s.fail(s.line(), "there is text behind the root element")
			}
		default:
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return s.broken(err)
			}
		}
	}
}

// token returns the next token and keeps count of what is open.
func (s *scanner) token() (xml.Token, error) {
	line := s.line()
	t, err := s.d.Token()
	if err != nil {
		return nil, s.broken(err)
	}
	switch t := t.(type) {
	case xml.StartElement:
		s.open = append(s.open, opening{t.Name.Local, line})
		if s.elements++; s.elements > s.lim.Elements {
			return nil, s.fail(line, "the XML has more than %d elements", s.lim.Elements)
		}
		if len(s.open) > s.lim.Depth {
			return nil, s.fail(line, "elements are nested more than %d deep", s.lim.Depth)
		}
	case xml.EndElement:
		s.open = s.open[:len(s.open)-1]
	case xml.Directive:
		return nil, s.fail(line, "there is a <!%s…> declaration; a bundle may not have one", shown(firstWord(t)))
	}
	return t, nil
}

func firstWord(b []byte) string {
	w, _, _ := bytes.Cut(b[:min(len(b), 20)], []byte(" "))
	return string(w)
}

// line returns the line that is read now, from 1.
func (s *scanner) line() int {
	line, _ := s.d.InputPos()
	return line
}

// fail makes an Error at a line of this document.
func (s *scanner) fail(line int, format string, args ...any) *Error {
	return &Error{Member: s.member, Line: line, Reason: fmt.Sprintf(format, args...)}
}

// broken makes an Error of what stopped the decoder. The place where a
// document fails is often far from the tag that caused it, so it names both.
func (s *scanner) broken(err error) error {
	if cause := failedRead(err); cause != nil {
		return cause
	}
	if own := (*Error)(nil); errors.As(err, &own) {
		return own
	}
	line, reason := s.line(), shown(strings.TrimPrefix(err.Error(), "xml: "))
	var syntax *xml.SyntaxError
	switch {
	case err == io.EOF:
		reason = "the XML ends before its root element"
	case errors.Is(err, errXMLBytes):
		reason = fmt.Sprintf("the XML is over %d bytes", s.lim.XMLBytes)
	case errors.Is(err, errAttributes):
		reason = fmt.Sprintf("an element has more than %d attributes", s.lim.Attributes)
	case errors.As(err, &syntax):
		line, reason = syntax.Line, shown(syntax.Msg)
		if reason == "unexpected EOF" {
			reason = "the XML ends too early"
		}
		if n := len(s.open); n > 0 {
			reason += fmt.Sprintf("; <%s> was opened on line %d", shown(s.open[n-1].name), s.open[n-1].line)
		}
	}
	return &Error{Member: s.member, Line: line, Reason: reason, Err: err}
}
