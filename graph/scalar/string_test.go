package scalar_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/momotor/resultgraph/graph/scalar"
)

// A string is written as encoding/json writes it when it need not fear HTML, which is
// how Python's json writes it, but for the two line separators.
func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "Zoë \U0001F600", `<b>&amp;"\`, "\x00\b\f\n\r\t\x1f\x7f", "a\u2028b\u2029\u202a", "\u2028", "\xe2\x80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			t.Skip("no text of a store")
		}
		var want bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(s); err != nil {
			t.Fatal(err)
		}
		if got := scalar.AppendString([]byte("x"), s); string(got) != "x"+string(bytes.TrimSuffix(want.Bytes(), []byte("\n"))) {
			t.Errorf("AppendString(%q) = %s, want x%s", s, got, want.Bytes())
		}
	})
}
