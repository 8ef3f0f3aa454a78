package canvastest

import (
	"bytes"
	"embed"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The payloads are literal examples of the documentation of Canvas. Responses replace some of their
// values, so that they have all fields of Canvas.
//
//go:embed testdata
var testdata embed.FS

func payload(file string) []byte {
	text, err := testdata.ReadFile("testdata/" + file)
	if err != nil {
		panic(err)
	}
	return text
}

// An object is a JSON object in a response.
type object map[string]any

// example returns the payload in a file with some values replaced.
func example(file string, values object) object {
	d := json.NewDecoder(bytes.NewReader(payload(file)))
	d.UseNumber()
	var o object
	if err := d.Decode(&o); err != nil {
		panic(file + ": " + err.Error())
	}
	for k, v := range values {
		o[k] = v
	}
	return o
}

// timestamp returns a time in the format of Canvas, or null.
func timestamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

// stringOrNull returns a string, or null if it is empty.
func stringOrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// writeJSON responds with v, with ids as strings if the client requests that.
func writeJSON(w http.ResponseWriter, r *http.Request, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	if strings.Contains(r.Header.Get("Accept"), "application/json+canvas-string-ids") {
		raw = stringIDs(raw)
	}
	_, _ = w.Write(raw)
}

// stringIDs converts every number in a field named id, ids, …_id or …_ids to a string, like the
// middleware of Canvas.
func stringIDs(raw []byte) []byte {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		panic(err)
	}
	out, err := json.Marshal(stringify(v, false))
	if err != nil {
		panic(err)
	}
	return out
}

func stringify(v any, isID bool) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			isID := k == "id" || k == "ids" || strings.HasSuffix(k, "_id") || strings.HasSuffix(k, "_ids")
			v[k] = stringify(v[k], isID)
		}
	case []any:
		for i := range v {
			v[i] = stringify(v[i], isID)
		}
	case json.Number:
		if isID {
			return v.String()
		}
	}
	return v
}

// pathID returns an id in the URL, or 0 if it is invalid.
func pathID(r *http.Request, name string) int64 {
	id, err := strconv.ParseInt(r.PathValue(name), 10, 64)
	if err != nil {
		return 0
	}
	return id
}
