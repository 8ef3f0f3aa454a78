package bundle

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Value is what a property or an option holds: nothing, a string, an integer,
// a float, a boolean or bytes. The zero Value holds nothing. Values can be
// compared with ==.
type Value struct {
	kind valueKind
	text string // of a string, or bytes
	bits uint64 // of a number or a boolean
}

type valueKind byte

const (
	ofNothing valueKind = iota
	ofText
	ofInteger
	ofFloat
	ofBoolean
	ofBytes
)

// String makes a Value of a string.
func String(s string) Value { return Value{kind: ofText, text: s} }

// Bytes makes a Value of bytes, as encoded content is.
func Bytes(b []byte) Value { return Value{kind: ofBytes, text: string(b)} }

// Integer makes a Value of an integer.
func Integer(n int64) Value { return Value{kind: ofInteger, bits: uint64(n)} }

// Boolean makes a Value of a boolean.
func Boolean(b bool) Value {
	if b {
		return Value{kind: ofBoolean, bits: 1}
	}
	return Value{kind: ofBoolean}
}

// Float makes a Value of a float. One that is not finite becomes the string of
// its name, so that no Value ever fails to be written as JSON.
func Float(f float64) Value {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return String(strconv.FormatFloat(f, 'g', -1, 64))
	}
	return Value{kind: ofFloat, bits: math.Float64bits(f)}
}

// typed converts s to the type that the type attribute names. What does not
// convert stays a string ("Momotor bundle format"); so do integers over 64
// bits and floats that are not finite.
func typed(typ, s string) Value {
	trimmed := strings.TrimSpace(s)
	switch typ {
	case "integer", "int":
		if n, err := strconv.ParseInt(trimmed, 10, 64); err == nil {
			return Integer(n)
		}
	case "float":
		if f, ok := parseFloat(trimmed); ok {
			return Float(f)
		}
	case "boolean", "bool":
		if b, ok := parseBool(trimmed); ok {
			return Boolean(b)
		}
	}
	return String(s)
}

// parseFloat reads a finite decimal number.
func parseFloat(s string) (float64, bool) {
	if strings.ContainsAny(s, "xX_") {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return 0, false
	}
	return f, true
}

func parseBool(s string) (value, ok bool) {
	switch strings.ToLower(s) {
	case "y", "yes", "t", "true", "on", "1":
		return true, true
	case "n", "no", "f", "false", "off", "0":
		return false, true
	}
	return false, false
}

// IsNull reports whether the Value holds nothing.
func (v Value) IsNull() bool { return v.kind == ofNothing }

// Text returns the Value in words: bytes that are no UTF-8, and U+0000, which
// no database has a place for, have U+FFFD in their place, and nothing is "".
func (v Value) Text() string {
	switch v.kind {
	case ofInteger:
		return strconv.FormatInt(int64(v.bits), 10)
	case ofFloat:
		return string(appendFloat(nil, math.Float64frombits(v.bits)))
	case ofBoolean:
		return strconv.FormatBool(v.bits != 0)
	}
	return strings.ReplaceAll(strings.ToValidUTF8(v.text, "\uFFFD"), "\x00", "\uFFFD")
}

// Bytes returns the Value as bytes: a string's UTF-8, or encoded content as it
// was before it was encoded.
func (v Value) Bytes() []byte {
	if v.kind == ofText || v.kind == ofBytes {
		return []byte(v.text)
	}
	return []byte(v.Text())
}

// Number returns the Value as a finite number. A string that holds one counts
// too: writers leave the type attribute out.
func (v Value) Number() (f float64, ok bool) {
	switch v.kind {
	case ofInteger:
		return float64(int64(v.bits)), true
	case ofFloat:
		return math.Float64frombits(v.bits), true
	case ofText, ofBytes:
		return parseFloat(strings.TrimSpace(v.text))
	}
	return 0, false
}

// Bool returns the Value as a boolean. "no" and 0 are false, like nothing and
// an empty string; a word that is no boolean is true, because what is read
// with it is mostly whether to hide something.
func (v Value) Bool() bool {
	switch v.kind {
	case ofBoolean, ofInteger:
		return v.bits != 0
	case ofFloat:
		return math.Float64frombits(v.bits) != 0
	}
	word := strings.TrimSpace(v.text)
	b, ok := parseBool(word)
	return b || !ok && word != ""
}

// isText reports whether a string or bytes can be shown as they are.
func (v Value) isText() bool {
	return (v.kind == ofText || v.kind == ofBytes) && utf8.ValidString(v.text) && strings.IndexByte(v.text, 0) < 0
}
