package bundle

import (
	"bytes"
	"encoding/base64"
	"encoding/json"

	"github.com/momotor/resultgraph/internal/jsonfloat"
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
func (n jsonFloat) MarshalJSON() ([]byte, error) { return jsonfloat.Append(nil, float64(n)), nil }

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
