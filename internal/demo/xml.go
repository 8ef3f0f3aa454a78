package demo

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"strings"
)

// xmlDocument writes an indented XML document element by element.
type xmlDocument struct {
	buf          bytes.Buffer
	openElements []string
}

// newDocument opens the root element of a bundle ("Momotor bundle format").
func newDocument(root, id string) *xmlDocument {
	d := &xmlDocument{}
	d.buf.WriteString(`<?xml version="1.0" encoding="UTF-8"?>`)
	d.start(root, "xmlns", "http://momotor.org/1.0", "id", id)
	return d
}

// start opens an element. The attributes alternate names and values; start omits
// attributes with an empty value.
func (d *xmlDocument) start(name string, attrs ...string) {
	d.tag(name, attrs)
	d.buf.WriteByte('>')
	d.openElements = append(d.openElements, name)
}

// end closes the innermost open element.
func (d *xmlDocument) end() {
	last := len(d.openElements) - 1
	name := d.openElements[last]
	d.openElements = d.openElements[:last]
	d.line()
	d.buf.WriteString("</" + name + ">")
}

// empty writes an element without content.
func (d *xmlDocument) empty(name string, attrs ...string) {
	d.tag(name, attrs)
	d.buf.WriteString("/>")
}

// text writes an element that contains only text.
func (d *xmlDocument) text(name, text string, attrs ...string) {
	d.tag(name, attrs)
	d.buf.WriteByte('>')
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			d.buf.WriteByte('\n') // EscapeText would write &#xA;
		}
		d.escape(line)
	}
	d.buf.WriteString("</" + name + ">")
}

// trueElement writes an element that contains <true/>, one of the two notations
// of a boolean.
func (d *xmlDocument) trueElement(name string, attrs ...string) {
	d.tag(name, attrs)
	d.buf.WriteString("><true/></" + name + ">")
}

// bytes closes the open elements and returns the document.
func (d *xmlDocument) bytes() []byte {
	for len(d.openElements) > 0 {
		d.end()
	}
	d.buf.WriteByte('\n')
	return d.buf.Bytes()
}

func (d *xmlDocument) tag(name string, attrs []string) {
	d.line()
	d.buf.WriteString("<" + name)
	for i := 0; i+1 < len(attrs); i += 2 {
		if attrs[i+1] != "" {
			d.buf.WriteString(" " + attrs[i] + `="`)
			d.escape(attrs[i+1])
			d.buf.WriteByte('"')
		}
	}
}

func (d *xmlDocument) line() {
	d.buf.WriteByte('\n')
	for range d.openElements {
		d.buf.WriteString("  ")
	}
}

func (d *xmlDocument) escape(s string) {
	if err := xml.EscapeText(&d.buf, []byte(s)); err != nil {
		panicWriteError(err)
	}
}

// encodeBase64 encodes a text for encoding="base64".
func encodeBase64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// encodeQuotedPrintable encodes a text for encoding="quopri". All its line
// breaks are soft, and no line starts or ends with a space, because readers trim
// lines.
func encodeQuotedPrintable(s string) string {
	const maxColumns = 76
	var b strings.Builder
	column := 0
	for i := range len(s) {
		token := s[i : i+1]
		atEdge := column == 0 || column >= maxColumns-4 || i == len(s)-1
		if c := s[i]; c == '=' || c < ' ' || c > '~' || c == ' ' && atEdge {
			token = fmt.Sprintf("=%02X", c)
		}
		b.WriteString(token)
		if column += len(token); column >= maxColumns-3 && i < len(s)-1 {
			b.WriteString("=\n")
			column = 0
		}
	}
	return b.String()
}

// panicWriteError panics for an error that writes to memory never return.
func panicWriteError(err error) { panic("demo: write to memory: " + err.Error()) }
