package bundle

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// scanner reads the elements of one XML document within the limits. It never
// follows a reference out of the document: encoding/xml knows only the five
// predefined entities, and scanner rejects a document type.
type scanner struct {
	member       string
	decoder      *xml.Decoder
	limits       Limits
	openElements []openElement
	elements     int
}

// openElement is a start tag whose end tag was not read yet.
type openElement struct {
	name string
	line int
}

// element is a start tag of the Momotor namespace.
type element struct {
	name  string
	line  int
	attrs []xml.Attr
}

func newScanner(member string, r io.Reader, limits Limits) *scanner {
	s := &scanner{member: member, limits: limits, decoder: xml.NewDecoder(newLimitReader(r, limits))}
	s.decoder.CharsetReader = s.charsetReader
	return s
}

// charsetReader accepts ASCII and rejects other encodings; encoding/xml does
// not call it for UTF-8.
func (s *scanner) charsetReader(name string, r io.Reader) (io.Reader, error) {
	if strings.EqualFold(name, "ascii") || strings.EqualFold(name, "us-ascii") {
		return r, nil
	}
	return nil, s.errorf(1, "the encoding is %s; save the file as UTF-8", printable(name))
}

// attr returns the value of an attribute that has no namespace, or "".
func (e *element) attr(name string) string {
	v, _ := e.lookup(name)
	return v
}

// lookup is attr, but ok is false when the attribute is absent.
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

// rootElement reads up to and including the start tag of the root element.
func (s *scanner) rootElement() (xml.StartElement, error) {
	for {
		switch t, err := s.nextToken(); t := t.(type) {
		case xml.StartElement:
			return t, err
		case xml.CharData:
			if text := bytes.TrimSpace(bytes.TrimPrefix(t, []byte("\uFEFF"))); len(text) > 0 {
				return xml.StartElement{}, s.errorf(s.line(), "there is text before the root element")
			}
		default:
			if err != nil {
				return xml.StartElement{}, err
			}
		}
	}
}

// eachChild calls visit for each child of the current element, and reads up to
// and including the end tag of the element. It skips elements of other
// namespaces and the parts of a child that visit did not read. It writes the
// element's own text, without that of its children, to text unless text is nil.
func (s *scanner) eachChild(text *strings.Builder, visit func(e *element) error) error {
	depth := len(s.openElements)
	for {
		line := s.line()
		t, err := s.nextToken()
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
				err = s.skipToDepth(depth)
			}
			if err != nil {
				return err
			}
		}
	}
}

// skipToDepth reads until at most depth elements are open.
func (s *scanner) skipToDepth(depth int) error {
	for len(s.openElements) > depth {
		if _, err := s.nextToken(); err != nil {
			return err
		}
	}
	return nil
}

// expectEnd returns an error when elements or text follow the root element.
func (s *scanner) expectEnd() error {
	for {
		switch t, err := s.decoder.Token(); t := t.(type) {
		case xml.StartElement:
			return s.errorf(s.line(), "a second root element <%s> follows the first", printable(t.Name.Local))
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				return s.errorf(s.line(), "there is text after the root element")
			}
		default:
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return s.decodeError(err)
			}
		}
	}
}

// nextToken returns the next token, keeps track of the open elements and
// enforces the limits.
func (s *scanner) nextToken() (xml.Token, error) {
	line := s.line()
	t, err := s.decoder.Token()
	if err != nil {
		return nil, s.decodeError(err)
	}
	switch t := t.(type) {
	case xml.StartElement:
		s.openElements = append(s.openElements, openElement{t.Name.Local, line})
		if s.elements++; s.elements > s.limits.Elements {
			return nil, s.errorf(line, "the XML has more than %d elements", s.limits.Elements)
		}
		if len(s.openElements) > s.limits.Depth {
			return nil, s.errorf(line, "elements are nested more than %d deep", s.limits.Depth)
		}
	case xml.EndElement:
		s.openElements = s.openElements[:len(s.openElements)-1]
	case xml.Directive:
		return nil, s.errorf(line, "there is a <!%s…> declaration, which bundles must not have", printable(firstWord(t)))
	}
	return t, nil
}

func firstWord(b []byte) string {
	w, _, _ := bytes.Cut(b[:min(len(b), 20)], []byte(" "))
	return string(w)
}

// line returns the current line, from 1.
func (s *scanner) line() int {
	line, _ := s.decoder.InputPos()
	return line
}

// errorf returns an Error at a line of this document.
func (s *scanner) errorf(line int, format string, args ...any) *Error {
	return &Error{Member: s.member, Line: line, Reason: fmt.Sprintf(format, args...)}
}

// decodeError converts a failure of the decoder to an Error. A document often
// fails far from the tag that caused the failure, so the Error names both.
func (s *scanner) decodeError(err error) error {
	if cause := readFailure(err); cause != nil {
		return cause
	}
	if bundleError := (*Error)(nil); errors.As(err, &bundleError) {
		return bundleError
	}
	line, reason := s.line(), printable(strings.TrimPrefix(err.Error(), "xml: "))
	var syntax *xml.SyntaxError
	switch {
	case err == io.EOF:
		reason = "the XML ends before its root element"
	case errors.Is(err, errXMLTooLarge):
		reason = fmt.Sprintf("the XML is over %d bytes", s.limits.XMLBytes)
	case errors.Is(err, errTooManyAttributes):
		reason = fmt.Sprintf("an element has more than %d attributes", s.limits.Attributes)
	case errors.As(err, &syntax):
		line, reason = syntax.Line, printable(syntax.Msg)
		if reason == "unexpected EOF" {
			reason = "the XML ends too early"
		}
		if n := len(s.openElements); n > 0 {
			reason += fmt.Sprintf("; <%s> was opened on line %d", printable(s.openElements[n-1].name), s.openElements[n-1].line)
		}
	}
	return &Error{Member: s.member, Line: line, Reason: reason, Err: err}
}
