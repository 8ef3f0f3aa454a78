package canvas

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestStripNUL(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`"plain"`:                      "plain",
		`"a\u0000b\u0000"`:             "ab",
		`"a\\u0000"`:                   `a\u0000`,
		`"a\\\u0000\\\\u0000"`:         `a\\\u0000`,
		`"\"\u0000\u00000\/\u0041"`:    `"0/A`,
		"\"a\xff\\u0000\\ud800\"":      "a\ufffd\ufffd",
		`"\` + `u0\u00000000"`:         "", // an invalid escape stays invalid
		`"` + "\\u0000\\n" + `\u0001"`: "\n\x01",
	} {
		var got string
		if err := json.Unmarshal(stripNUL([]byte(text)), &got); got != want || (err == nil) != (want != "") {
			t.Errorf("%s is read as %q, %v, want %q", text, got, err, want)
		}
	}
}

// TestErrorsAreShort asserts that an error has at most one line of foreign text.
func TestErrorsAreShort(t *testing.T) {
	t.Parallel()
	var id ID
	err := json.Unmarshal([]byte(`"`+strings.Repeat("9", 5<<20)+`"`), &id)
	if err == nil || len(err.Error()) > 400 {
		t.Errorf("a long id has an error of %d bytes", len(err.Error()))
	}
	if got := quote("a\x00b\nc\xff" + strings.Repeat("é", 300)); len(got) > maxQuoted+3 || !strings.HasPrefix(got, "a b cé") || !strings.HasSuffix(got, "é…") {
		t.Errorf("quote of a long text = %q", got)
	}
}
