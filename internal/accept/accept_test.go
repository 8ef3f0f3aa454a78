package accept_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/internal/accept"
)

func TestParse(t *testing.T) {
	t.Parallel()
	type element struct {
		name   string
		params map[string]string
		weight float64
	}
	for header, want := range map[string][]element{
		"":                        nil,
		" , ;; ,":                 nil,
		"gzip":                    {{"gzip", nil, 1}},
		"GZIP ; Q = 0.5,br;q=1.0": {{"gzip", nil, 0.5}, {"br", nil, 1}},
		"gzip\nbr;q=0":            {{"gzip", nil, 1}, {"br", nil, 0}},
		"a/b;q=2,a/c;q=x,a/d;q,a/e;q=-0.1,a/f;q=NaN": {{"a/b", nil, 7}, {"a/c", nil, 7}, {"a/d", nil, 7}, {"a/e", nil, 7}, {"a/f", nil, 7}},
		`a/b; Indent="4" ;;q="0.5"`:                  {{"a/b", map[string]string{"indent": "4"}, 0.5}},
		`a/b;x="1,2;q=0\",3";q=0.5,*/*`:              {{"a/b", map[string]string{"x": `1,2;q=0\",3`}, 0.5}, {"*/*", nil, 1}},
		`a/b;x="1,*/*`:                               {{"a/b", map[string]string{"x": "1,*/*"}, 1}},
	} {
		var got []element
		for _, r := range accept.Parse(strings.Split(header, "\n")) {
			got = append(got, element{r.Name, r.Params, r.Weight(7)})
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("Parse(%q) = %v, want %v", header, got, want)
		}
	}
}

func TestMediaWeight(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]float64{
		"":                                              0,
		"application/json":                              1,
		"APPLICATION/JSON;q=0.3":                        0.3,
		"*/*;q=0.1, application/*;q=0.2":                0.2,
		"application/*;q=0.2, */*;q=0.1":                0.2,
		"application/json;q=0, */*":                     0,
		"application/json;q=0.1, */json;q=0.9":          0.1,
		"application/json, application/json":            1,
		"application/json;indent=4;q=0.4, */*":          0.4,
		"application/json;q=nonsense":                   1,
		"application/json;q=7":                          1,
		"text/html, ;;, application/json;q=0.4":         0.4,
		"application, json, /json, application/, a/b/c": 0,
		"text/*": 0,
	} {
		if got := accept.MediaWeight(accept.Parse([]string{header}), "application/json"); got != want {
			t.Errorf("MediaWeight(%q) = %v, want %v", header, got, want)
		}
	}
}

func TestCodingWeight(t *testing.T) {
	t.Parallel()
	type result struct {
		weight float64
		named  bool
	}
	for header, want := range map[string]result{
		"":                          {0, false},
		"*":                         {0, false},
		"identity;q=0":              {0, true},
		"br, IDENTITY; q=0.001":     {0.001, true},
		"identity, identity;q=0.2":  {0.2, true},
		"identity;q=2":              {0, true},
		"identity;level=9;q=1":      {0, true},
		"identity2, x-identity,*;q": {0, false},
	} {
		weight, named := accept.CodingWeight(accept.Parse([]string{header}), "identity")
		if got := (result{weight, named}); got != want {
			t.Errorf("CodingWeight(%q) = %v, want %v", header, got, want)
		}
	}
}

// Any header gives weights from 0 to 1, and two field lines give the elements of both.
func FuzzParse(f *testing.F) {
	f.Add("text/html, */*;q=0.1", "identity;q=0")
	f.Add(`a/b;x="1,2";q=2`, `;;,/,"\`)
	f.Fuzz(func(t *testing.T, first, second string) {
		ranges := accept.Parse([]string{first, second})
		if want := len(accept.Parse([]string{first})) + len(accept.Parse([]string{second})); len(ranges) != want {
			t.Errorf("Parse(%q, %q) = %d elements, want %d", first, second, len(ranges), want)
		}
		for _, r := range ranges {
			if w := r.Weight(0); r.Name == "" || !(0 <= w && w <= 1) {
				t.Errorf("Parse(%q, %q) has %+v", first, second, r)
			}
			if _, named := accept.CodingWeight(ranges, r.Name); !named {
				t.Errorf("CodingWeight(%q, %q) does not find %q", first, second, r.Name)
			}
			if w := accept.MediaWeight(ranges, r.Name); !(0 <= w && w <= 1) {
				t.Errorf("MediaWeight(%q, %q) = %v", first, second, w)
			}
		}
	})
}
