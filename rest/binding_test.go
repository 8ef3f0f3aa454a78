package rest

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/fault"
)

// Any path, query and Accept header results in valid variables or an error.
func FuzzRequest(f *testing.F) {
	api := newAPI(f)
	for _, rt := range routes() {
		f.Add(base+exampleURL(rt.path, "9001"), "section=12", "application/json; indent=4")
	}
	f.Add("/lti/api/account/01/", "section=%zz&section", "*/*;;,/,a/b;q=x")
	f.Add("/lti/api/account/1/course/\x00/", "format=json", "")
	f.Fuzz(func(t *testing.T, path, query, accept string) {
		res, params := api.resources.find(path)
		if res == nil {
			return
		}
		r := &http.Request{Header: http.Header{"Accept": {accept}}, URL: &url.URL{RawQuery: query}}
		if indent, err := negotiate(r, res.extraTypes); indent < 0 || indent > 8 || err != nil && !errors.Is(err, fault.NotFound) && !errors.Is(err, notAcceptable) {
			t.Errorf("negotiate(%q, %q) = %d, %v, want 0 to 8, or not found or not acceptable", query, accept, indent, err)
		}
		for _, rt := range res.routes {
			v, err := requestVariables(rt.bindings, params, query)
			if err != nil {
				if k := fault.KindOf(err); k != fault.NotFound && k != fault.BadInput {
					t.Errorf("requestVariables(%q, %q) = %v, want not found or bad input", params, query, err)
				}
				continue
			}
			for name, value := range v {
				text, isText := value.(string)
				if _, isInt := value.(int64); !isInt && !(isText && text != "" && utf8.ValidString(text) && !strings.Contains(text, "\x00")) {
					t.Errorf("requestVariables(%q, %q): %s = %#v, want an integer or a text", params, query, name, value)
				}
			}
		}
	})
}

// valueAt returns the value at a path.
func TestValueAt(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{`{"a":{"b":[1.0,{"c":"}"}]}}`, "a.b", `[1.0,{"c":"}"}]`},
		{`{"a":{"b":{}}}`, "a.b", `{}`},
		{`{"a":"null"}`, "a", `"null"`},
		{`{"a":null}`, "a.b", ""},
		{`{"a":{"b":null}}`, "a.b", ""},
		{`{"b":1}`, "a", ""},
		{`null`, "a", ""},
		{``, "a", ""},
	} {
		if got := string(valueAt([]byte(c[0]), c[1])); got != c[2] {
			t.Errorf("valueAt(%s, %s) = %s, want %s", c[0], c[1], got, c[2])
		}
	}
}

// noKeys is a key store without keys.
type noKeys struct{}

func (noKeys) KeyByPrefix(context.Context, string) (access.KeyRecord, error) {
	return access.KeyRecord{}, access.ErrKeyNotFound
}
func (noKeys) Rehash(context.Context, int64, string, string) error { return nil }

// logger returns a logger that writes text to w.
func logger(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

// Any body results in valid variables or an error.
func FuzzBody(f *testing.F) {
	f.Add(`{"paused":"on","published":0,"evaluate":"[1,2]","recipefile":null}`, false)
	f.Add(`{"uploadPassed":true,"sectionId":" 11.0 "}`, false)
	f.Add("paused=t&evaluate=pp&sectionId=1", true)
	bindings := append(newAPI(f).resources.byPattern[base+assignments+"{canvas_id}/"].routes["PUT"].bindings,
		newAPI(f).resources.byPattern[base+assignments+"{canvas_id}/upload/"].routes["POST"].bindings...)
	f.Fuzz(func(t *testing.T, body string, urlEncoded bool) {
		r := &http.Request{Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Header: http.Header{"Content-Type": {"application/json"}}}
		if urlEncoded {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		v := variables{}
		s, err := (&apiRequest{}).readBody(nil, r)
		if err == nil {
			err = s.addVariables(bindings, v)
		}
		if err != nil && fault.KindOf(err) != fault.BadInput && fault.KindOf(err) != fault.TooLarge {
			t.Errorf("addVariables(%q) = %v, want bad input or too large", body, err)
		}
		for name, value := range v {
			switch value.(type) {
			case bool, int64, map[string]any:
			default:
				t.Errorf("addVariables(%q): %s is a %T, want a bool, int64 or map", body, name, value)
			}
		}
	})
}
