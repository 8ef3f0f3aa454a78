package jsondepth_test

import (
	"strings"
	"testing"

	"github.com/momotor/resultgraph/internal/jsondepth"
)

func TestExceeds(t *testing.T) {
	t.Parallel()
	lists := func(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }
	for text, want := range map[string]bool{
		"":                                            false,
		"1":                                           false,
		lists(jsondepth.Max):                          false,
		lists(jsondepth.Max + 1):                      true,
		`{"a":` + lists(jsondepth.Max) + `}`:          true,
		`{"a":` + lists(jsondepth.Max-1) + `}`:        false,
		strings.Repeat("[", jsondepth.Max+1):          true,
		"[" + strings.Repeat("[],", 200) + "1]":       false,
		`["` + strings.Repeat("[", 200) + `"]`:        false,
		`["\"` + strings.Repeat("[", 200) + `"]`:      false,
		`["\\",` + lists(jsondepth.Max) + `]`:         true,
		`"` + strings.Repeat("[", 200) + `\`:          false,
		strings.Repeat("]", 5) + lists(jsondepth.Max): false,
	} {
		if got := jsondepth.Exceeds([]byte(text)); got != want {
			t.Errorf("Exceeds(%q) = %t, want %t", text, got, want)
		}
	}
}
