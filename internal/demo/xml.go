package demo

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"strings"
)

// document writes one indented XML document from start tags and end tags.
type document struct {
	b    bytes.Buffer
	open []string
}

// newDocument opens the root element of a bundle ("Momotor bundle format").
func newDocument(root, id string) *document {
	d := &document{}
	d.b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>`)
	d.start(root, "xmlns", "http://momotor.org/1.0", "id", id)
	return d
}

// start opens an element with attributes as pairs of name and value; those
// without a value are left out.
func (d *document) start(name string, attrs ...string) {
	d.tag(name, attrs)
	d.b.WriteByte('>')
	d.open = append(d.open, name)
}

// end closes the element that was opened last.
func (d *document) end() {
	last := len(d.open) - 1
	name := d.open[last]
	d.open = d.open[:last]
	d.line()
	d.b.WriteString("</" + name + ">")
}

// empty writes an element without content.
func (d *document) empty(name string, attrs ...string) {
	d.tag(name, attrs)
	d.b.WriteString("/>")
}

// text writes an element with text alone.
func (d *document) text(name, text string, attrs ...string) {
	d.tag(name, attrs)
	d.b.WriteByte('>')
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			d.b.WriteByte('\n') // EscapeText would write it as a number
		}
		d.escape(line)
	}
	d.b.WriteString("</" + name + ">")
}

// yes writes an element that holds <true/>, one of two ways to say so.
func (d *document) yes(name string, attrs ...string) {
	d.tag(name, attrs)
	d.b.WriteString("><true/></" + name + ">")
}

// bytes closes what is open and returns the document.
func (d *document) bytes() []byte {
	for len(d.open) > 0 {
		d.end()
	}
	d.b.WriteByte('\n')
	return d.b.Bytes()
}

func (d *document) tag(name string, attrs []string) {
	d.line()
	d.b.WriteString("<" + name)
	for i := 0; i+1 < len(attrs); i += 2 {
		if attrs[i+1] != "" {
			d.b.WriteString(" " + attrs[i] + `="`)
			d.escape(attrs[i+1])
			d.b.WriteByte('"')
		}
	}
}

func (d *document) line() {
	d.b.WriteByte('\n')
	for range d.open {
		d.b.WriteString("  ")
	}
}

func (d *document) escape(s string) {
	if err := xml.EscapeText(&d.b, []byte(s)); err != nil {
		impossible(err)
	}
}

// inBase64 encodes a text for encoding="base64".
func inBase64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// inQuopri encodes a text for encoding="quopri". Every line end is a soft one
// and no line starts or ends with a blank: readers drop those that do.
func inQuopri(s string) string {
	const most = 76
	var b strings.Builder
	column := 0
	for i := range len(s) {
		token := s[i : i+1]
		atEdge := column == 0 || column >= most-4 || i == len(s)-1
		if c := s[i]; c == '=' || c < ' ' || c > '~' || c == ' ' && atEdge {
			token = fmt.Sprintf("=%02X", c)
		}
		b.WriteString(token)
		if column += len(token); column >= most-3 && i < len(s)-1 {
			b.WriteString("=\n")
			column = 0
		}
	}
	return b.String()
}

// impossible stops at an error that writing to memory does not make.
func impossible(err error) { panic("demo: write to memory: " + err.Error()) }
