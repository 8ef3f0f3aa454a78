package bundle

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math"
	"strconv"
)

// MarshalJSON writes a float with a point or an exponent, so that it stays a
// float for its reader; bytes that are no UTF-8, or hold U+0000, as
// {"base64": "…"}; and nothing as null.
func (v Value) MarshalJSON() ([]byte, error) {
	switch {
	case v.kind == ofNothing:
		return []byte("null"), nil
	case v.kind == ofInteger || v.kind == ofFloat || v.kind == ofBoolean:
		return []byte(v.Text()), nil
	case v.isText():
		return marshal(v.text)
	}
	return marshal(map[string]string{"base64": base64.StdEncoding.EncodeToString([]byte(v.text))})
}

// number is a float that keeps its point in JSON.
type number float64

// MarshalJSON writes 5 as 5.0.
func (n number) MarshalJSON() ([]byte, error) { return appendFloat(nil, float64(n)), nil }

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

// marshal is json.Marshal that leaves <, > and & as they are: reports are HTML
// and would grow by a third.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
