package rest

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// A recording can have the Content-Length of its own request, and can lack the body of its response.
func TestRecordingForms(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, length string }{
		{`{"request": {"method": "PUT", "path": "/x/", "headers": {"content-length": "99", "X": "y"}, "body": "é"}, "response": {"status": 200}}`, "Content-Length: 2\r\n"},
		{`{"request": {"method": "PUT", "path": "/x/", "headers": {"Content-Length": "0", "X": "y"}}, "response": {"status": 200, "body": null}}`, ""},
		{`{"request": {"method": "GET", "path": "/x/", "headers": {"X": "y", "Transfer-Encoding": "chunked"}}, "response": {"status": 200, "headers": []}}`, ""},
	} {
		var rec recording
		if err := json.Unmarshal([]byte(tt.text), &rec); err != nil {
			t.Fatal(err)
		}
		want := rec.Request.Method + " /x/ HTTP/1.1\r\nConnection: close\r\nX: y\r\n" + tt.length + "\r\n" + rec.Request.Body
		if got := string(rec.requestBytes(strings.NewReplacer())); got != want {
			t.Errorf("requestBytes of %s = %q, want %q", tt.text, got, want)
		}
		got := newWireResponse(200, http.Header{}, `{"a":1}`)
		if err := compareExactly(rec.recordedResponse(), got, true); err != nil {
			t.Errorf("a response to %s differs: %v", tt.text, err)
		}
		if err := compareExactly(rec.recordedResponse(), newWireResponse(404, http.Header{}, ""), true); err == nil {
			t.Errorf("a response to %s with another status does not differ", tt.text)
		}
	}
}
