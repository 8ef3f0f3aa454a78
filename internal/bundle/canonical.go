package bundle

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/momotor/resultgraph/internal/jsonfloat"
)

// CanonicalJSON rewrites valid JSON in the form that this package and its
// clients write: without white space, text in UTF-8 with as few escapes as
// possible, floats with a point or an exponent. It keeps the order of members
// and the digits of integers.
func CanonicalJSON(v []byte) (json.RawMessage, error) {
	out := make(json.RawMessage, 0, len(v))
	for i := 0; i < len(v); {
		n, appended, err := appendCanonicalToken(out, v[i:])
		if err != nil {
			return nil, err
		}
		i, out = i+n, appended
	}
	return out, nil
}

// appendCanonicalToken appends the first token of v, which is n bytes long.
func appendCanonicalToken(out, v []byte) (n int, appended []byte, err error) {
	switch c := v[0]; {
	case c == ' ', c == '\t', c == '\r', c == '\n':
		return 1, out, nil
	case c == '"':
		for n = 1; n < len(v) && v[n] != '"'; n++ {
			if v[n] == '\\' {
				n++
			}
		}
		n = min(n+1, len(v))
		var text string
		if err := json.Unmarshal(v[:n], &text); err != nil {
			return 0, nil, err
		}
		quoted, err := marshalUnescaped(text)
		return n, append(out, quoted...), err
	case c == '-', '0' <= c && c <= '9':
		n = len(v) - len(bytes.TrimLeft(v, "+-.0123456789Ee"))
		return n, appendNumber(out, string(v[:n])), nil
	default:
		return 1, append(out, c), nil
	}
}

// appendNumber appends a number. It copies numbers outside the range of a float.
func appendNumber(out []byte, text string) []byte {
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return strconv.AppendInt(out, i, 10) // -0 is 0
	}
	if strings.ContainsAny(text, ".eE") {
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return jsonfloat.Append(out, f)
		}
	}
	return append(out, text...)
}
