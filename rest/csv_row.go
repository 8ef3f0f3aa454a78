package rest

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"
)

// appendRow appends a row after RFC 4180. Unless raw is true, no cell of it is a formula.
func appendRow(b []byte, cells [][]byte, raw bool) []byte {
	for i, c := range cells {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendCell(b, c, !raw && isFormula(c))
	}
	return append(b, "\r\n"...)
}

// appendCell appends a cell, in quotes where it needs them. A formula gets an apostrophe
// in front, which makes spreadsheets take it for text.
func appendCell(b, c []byte, formula bool) []byte {
	quoted := needsQuotes(c)
	if quoted {
		b = append(b, '"')
	}
	if formula {
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

// needsQuotes tells whether a reader would take a cell apart, or strip it of blanks.
func needsQuotes(c []byte) bool {
	if len(c) > 0 && (c[0] == ' ' || c[len(c)-1] == ' ') {
		return true
	}
	for _, b := range c {
		switch b {
		case '"', ',', '\r', '\n', '\t':
			return true
		}
	}
	return false
}

// isFormula tells whether a spreadsheet may run a cell (OWASP, "CSV Injection"). A number
// is none, whatever its sign.
func isFormula(c []byte) bool {
	if len(c) == 0 {
		return false
	}
	switch c[0] {
	case '+', '-':
		return !number.Match(c)
	case '=', '@', '\t', '\r', '\n':
		return true
	case wide[0]:
		return isWide(c)
	}
	return false
}

const wide = "＝＋－＠"

// isWide tells whether a cell begins with a wide form of = + - @, which some spreadsheets
// take for the plain one.
func isWide(c []byte) bool {
	first, _ := utf8.DecodeRune(c)
	return strings.ContainsRune(wide, first)
}

var number = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)
