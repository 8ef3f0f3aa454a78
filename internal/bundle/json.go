package bundle

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math"
	"strconv"
)

// MarshalJSON writes a float with a point or an exponent, so that readers see a
// float; text that is not UTF-8, or holds U+0000, as {"base64": "…"}; and the
// zero Value as null.
func (v Value) MarshalJSON() ([]byte, error) {
	switch {
	case v.kind == valueNull:
		return []byte("null"), nil
	case v.kind == valueInteger || v.kind == valueFloat || v.kind == valueBoolean:
		return []byte(v.Text()), nil
	case v.isValidText():
		return marshalUnescaped(v.text)
	}
	return marshalUnescaped(map[string]string{"base64": base64.StdEncoding.EncodeToString([]byte(v.text))})
}

// jsonFloat is a float that always has a point or an exponent in JSON.
type jsonFloat float64

// MarshalJSON writes 5 as 5.0, for example.
func (n jsonFloat) MarshalJSON() ([]byte, error) { return appendFloat(nil, float64(n)), nil }

// appendFloat writes a finite float as Python's repr does, which is what
// clients of this data have always read: 5.0, 1e-07, 1e+16.
func appendFloat(dst []byte, f float64) []byte {
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	if bytes.IndexByte(dst[start:], '.') < 0 {
		dst = append(dst, ".0"...)
	}
	return dst
}

// marshalUnescaped is json.Marshal without escapes for <, > and &: reports are
// HTML and would grow by a third.
func marshalUnescaped(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
