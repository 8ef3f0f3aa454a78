package bundle

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/momotor/resultgraph/internal/jsonfloat"
)

// Value is the value of a property or an option: null, a string, an integer, a
// float, a boolean or bytes. The zero Value is null. Values can be compared
// with ==.
type Value struct {
	kind valueKind
	text string // for strings and bytes
	bits uint64 // for numbers and booleans
}

type valueKind byte

const (
	valueNull valueKind = iota
	valueString
	valueInteger
	valueFloat
	valueBoolean
	valueBytes
)

// String returns a string Value.
func String(s string) Value { return Value{kind: valueString, text: s} }

// Bytes returns a Value of bytes, the type of encoded content.
func Bytes(b []byte) Value { return Value{kind: valueBytes, text: string(b)} }

// Integer returns an integer Value.
func Integer(n int64) Value { return Value{kind: valueInteger, bits: uint64(n)} }

// Boolean returns a boolean Value.
func Boolean(b bool) Value {
	if b {
		return Value{kind: valueBoolean, bits: 1}
	}
	return Value{kind: valueBoolean}
}

// Float returns a float Value. An infinity or NaN becomes a string, so that
// every Value can be written as JSON.
func Float(f float64) Value {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return String(strconv.FormatFloat(f, 'g', -1, 64))
	}
	return Value{kind: valueFloat, bits: math.Float64bits(f)}
}

// parseValue converts text to the type that a type attribute names. Text that
// cannot be converted stays a string ("Momotor bundle format"), including
// integers of more than 64 bits and floats that are not finite.
func parseValue(typeName, text string) Value {
	trimmed := strings.TrimSpace(text)
	switch typeName {
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
	return String(text)
}

// parseFloat parses a finite decimal number.
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

// IsNull reports whether the Value is null.
func (v Value) IsNull() bool { return v.kind == valueNull }

// Text returns the Value as text; null is "". U+FFFD replaces bytes that are
// not UTF-8 and U+0000, which databases cannot store.
func (v Value) Text() string {
	switch v.kind {
	case valueInteger:
		return strconv.FormatInt(int64(v.bits), 10)
	case valueFloat:
		return string(jsonfloat.Append(nil, math.Float64frombits(v.bits)))
	case valueBoolean:
		return strconv.FormatBool(v.bits != 0)
	}
	return strings.ReplaceAll(strings.ToValidUTF8(v.text, "\uFFFD"), "\x00", "\uFFFD")
}

// Bytes returns the Value as bytes: the UTF-8 of a string, or decoded content.
func (v Value) Bytes() []byte {
	if v.kind == valueString || v.kind == valueBytes {
		return []byte(v.text)
	}
	return []byte(v.Text())
}

// Number returns the Value as a finite number. It also parses strings, because
// authors omit the type attribute.
func (v Value) Number() (f float64, ok bool) {
	switch v.kind {
	case valueInteger:
		return float64(int64(v.bits)), true
	case valueFloat:
		return math.Float64frombits(v.bits), true
	case valueString, valueBytes:
		return parseFloat(strings.TrimSpace(v.text))
	}
	return 0, false
}

// Bool returns the Value as a boolean. Null, 0, the empty string and words such
// as "no" are false. Any other text is true, because most of these properties
// hide something and hiding is the safe choice.
func (v Value) Bool() bool {
	switch v.kind {
	case valueBoolean, valueInteger:
		return v.bits != 0
	case valueFloat:
		return math.Float64frombits(v.bits) != 0
	}
	text := strings.TrimSpace(v.text)
	b, ok := parseBool(text)
	return b || !ok && text != ""
}

// isValidText reports whether a string or bytes are UTF-8 without U+0000.
func (v Value) isValidText() bool {
	return (v.kind == valueString || v.kind == valueBytes) && utf8.ValidString(v.text) && strings.IndexByte(v.text, 0) < 0
}
