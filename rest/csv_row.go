package rest

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"
)

// appendRow appends a row (RFC 4180). Unless allowFormulas is true, it escapes formulas.
func appendRow(b []byte, cells [][]byte, allowFormulas bool) []byte {
	for i, c := range cells {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendCell(b, c, !allowFormulas && isFormula(c))
	}
	return append(b, "\r\n"...)
}

// appendCell appends a cell, quoted if necessary. A formula gets a leading apostrophe, which
// makes spreadsheets treat it as text.
func appendCell(b, c []byte, isFormula bool) []byte {
	quoted := needsQuotes(c)
	if quoted {
		b = append(b, '"')
	}
	if isFormula {
		b = append(b, '\'')
	}
	if !quoted {
		return append(b, c...)
	}
	for i := bytes.IndexByte(c, '"'); i >= 0; i = bytes.IndexByte(c, '"') {
		b = append(b, c[:i]...)
		b = append(b, `""`...)
		c = c[i+1:]
	}
	b = append(b, c...)
	return append(b, '"')
}

// needsQuotes reports whether a reader would split an unquoted cell or trim its spaces.
func needsQuotes(c []byte) bool {
	if len(c) > 0 && (c[0] == ' ' || c[len(c)-1] == ' ') {
		return true
	}
	for _, b := range c {
		if separators[b] {
			return true
		}
	}
	return false
}

// separators are the bytes that only a quoted cell may contain.
var separators = [256]bool{'"': true, ',': true, '\r': true, '\n': true, '\t': true}

// isFormula reports whether a spreadsheet may evaluate a cell (OWASP, "CSV Injection"). Signed
// numbers are not formulas.
func isFormula(c []byte) bool {
	if len(c) == 0 {
		return false
	}
	switch c[0] {
	case '+', '-':
		return !numberPattern.Match(c)
	case '=', '@', '\t', '\r', '\n':
		return true
	case fullWidthSigns[0]:
		return startsFullWidth(c)
	}
	return false
}

const fullWidthSigns = "＝＋－＠"

// startsFullWidth reports whether a cell begins with a full-width = + - or @, which some
// spreadsheets treat like the ASCII character.
func startsFullWidth(c []byte) bool {
	first, _ := utf8.DecodeRune(c)
	return strings.ContainsRune(fullWidthSigns, first)
}

var numberPattern = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)
