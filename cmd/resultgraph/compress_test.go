package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

// text is what a compressible answer says, and is long enough for it.
var text = strings.Repeat(`{"label":"passed","score":1},`, 200)

// asked sends a request as it is: the client neither asks for a coding nor takes one off.
func asked(t *testing.T, method, url string, headers ...string) (*http.Response, string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	res, err := (&http.Transport{DisableCompression: true, DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res, string(body), err
}

// decoded takes the coding off a whole body.
func decoded(t *testing.T, coding, body string) string {
	t.Helper()
	plain, err := decode(coding, body)
	if err != nil {
		t.Fatalf("decode %s: %v", coding, err)
	}
	return plain
}

func decode(coding, body string) (string, error) {
	var from io.Reader = strings.NewReader(body)
	var err error
	switch coding {
	case "gzip":
		from, err = gzip.NewReader(from)
	case "zstd":
		from, err = zstd.NewReader(from)
	}
	if err != nil {
		return "", err
	}
	plain, err := io.ReadAll(from)
	return string(plain), err
}

// answers are a server whose paths say what it answers.
func answers(t *testing.T) string {
	t.Helper()
	say := func(mediaType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", mediaType)
			w.Header().Set("Content-Length", fmt.Sprint(len(body)))
			w.Header().Set("Vary", "Accept, Cookie")
			_, _ = io.WriteString(w, body)
		}
	}
	mux := http.NewServeMux()
	mux.Handle("/json", say("application/graphql-response+json; charset=utf-8", text))
	mux.Handle("/small", say("application/json", text[:least-1]))
	mux.Handle("/zip", say("application/zip", text))
	mux.HandleFunc("/drops", func(w http.ResponseWriter, _ *http.Request) { // no length, a byte at a time
		w.Header().Set("Content-Type", "text/csv")
		for i := range text {
			_, _ = io.WriteString(w, text[i:i+1])
		}
	})
	mux.HandleFunc("/drop", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/csv")
		_, _ = io.WriteString(w, "a,b")
	})
	mux.HandleFunc("/empty", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("/file", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		w.Header().Set("ETag", `"tag"`)
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(text))
	})
	server := httptest.NewServer(compressed(mux))
	t.Cleanup(server.Close)
	return server.URL
}

// Whatever the coding, an answer says the same; and it has one only where it helps.
func TestCompressed(t *testing.T) {
	t.Parallel()
	base := answers(t)
	for _, tt := range []struct {
		path, accept, coding, vary, body string
	}{
		{"/json", "", "", "Accept, Cookie", text},
		{"/json", "gzip", "gzip", "Accept, Cookie; Accept-Encoding", text},
		{"/json", "zstd", "zstd", "Accept, Cookie; Accept-Encoding", text},
		{"/json", "gzip, zstd", "zstd", "Accept, Cookie; Accept-Encoding", text},
		{"/json", "br", "", "Accept, Cookie; Accept-Encoding", text},
		{"/small", "gzip", "", "Accept, Cookie; Accept-Encoding", text[:least-1]},
		{"/small", "gzip, identity;q=0", "gzip", "Accept, Cookie; Accept-Encoding", text[:least-1]},
		{"/small", "identity;q=0", "", "Accept, Cookie; Accept-Encoding", text[:least-1]},
		{"/zip", "gzip, zstd", "", "Accept, Cookie", text},
		{"/zip", "gzip, identity;q=0", "", "Accept, Cookie", text},
		{"/drops", "gzip", "gzip", "Accept-Encoding", text},
		{"/drops", "zstd", "zstd", "Accept-Encoding", text},
		{"/drop", "zstd", "", "Accept-Encoding", "a,b"},
		{"/drop", "zstd, *;q=0", "zstd", "Accept-Encoding", "a,b"},
		{"/empty", "gzip, identity;q=0", "", "", ""},
		{"/file", "gzip", "gzip", "Accept-Encoding", text},
	} {
		var headers []string
		if tt.accept != "" {
			headers = []string{"Accept-Encoding", tt.accept}
		}
		res, body, err := asked(t, "GET", base+tt.path, headers...)
		if err != nil {
			t.Fatal(err)
		}
		coding, vary := res.Header.Get("Content-Encoding"), strings.Join(res.Header.Values("Vary"), "; ")
		if coding != tt.coding || vary != tt.vary {
			t.Errorf("GET %s with %q: coding %q and Vary %q, want %q and %q", tt.path, tt.accept, coding, vary, tt.coding, tt.vary)
			continue
		}
		if got := decoded(t, coding, body); got != tt.body {
			t.Errorf("GET %s with %q = %.40q… (%d bytes), want %d", tt.path, tt.accept, got, len(got), len(tt.body))
		}
		if coding != "" && len(tt.body) == len(text) && len(body) > len(text)/5 {
			t.Errorf("GET %s with %q takes %d bytes of %d", tt.path, tt.accept, len(body), len(text))
		}
	}
}

// A HEAD tells the headers of the GET, and a range is one of the plain bytes.
func TestCompressedHeaders(t *testing.T) {
	t.Parallel()
	base := answers(t)
	const weak, strong, plain = `W/"tag"`, `"tag"`, ""
	size := fmt.Sprint(len(text))
	for _, tt := range []struct {
		method  string
		headers []string
		status  int
		// coding, tag, length and ranges of the answer
		want [4]string
	}{
		{"GET", nil, 200, [4]string{plain, strong, size, "bytes"}},
		{"HEAD", nil, 200, [4]string{plain, strong, size, "bytes"}},
		{"GET", []string{"Accept-Encoding", "gzip"}, 200, [4]string{"gzip", weak, "", ""}},
		{"HEAD", []string{"Accept-Encoding", "gzip"}, 200, [4]string{"gzip", weak, "", ""}},
		{"HEAD", []string{"Accept-Encoding", "br"}, 200, [4]string{plain, strong, size, "bytes"}},
		{"GET", []string{"Accept-Encoding", "zstd", "If-None-Match", weak}, 304, [4]string{plain, weak, "", ""}},
		{"GET", []string{"Accept-Encoding", "zstd", "If-None-Match", strong}, 304, [4]string{plain, weak, "", ""}},
		{"GET", []string{"If-None-Match", weak}, 304, [4]string{plain, strong, "", ""}},
		{"GET", []string{"Accept-Encoding", "zstd", "If-None-Match", `"other"`}, 200, [4]string{"zstd", weak, "", ""}},
		{"GET", []string{"Accept-Encoding", "gzip", "Range", "bytes=0-1999"}, 206, [4]string{plain, strong, "2000", "bytes"}},
		{"GET", []string{"Accept-Encoding", "gzip", "Range", "bytes=0-1999", "If-Range", weak}, 200, [4]string{"gzip", weak, "", ""}},
		{"GET", []string{"Accept-Encoding", "gzip", "Range", "bytes=0-1999", "If-Range", strong}, 206, [4]string{plain, strong, "2000", "bytes"}},
	} {
		res, body, err := asked(t, tt.method, base+"/file", tt.headers...)
		if err != nil {
			t.Fatal(err)
		}
		h := res.Header
		got := [4]string{h.Get("Content-Encoding"), h.Get("ETag"), h.Get("Content-Length"), h.Get("Accept-Ranges")}
		if tt.method == "GET" && got[0] != plain && got[2] == fmt.Sprint(len(body)) {
			got[2] = "" // a short answer has the length that came of it
		}
		if res.StatusCode != tt.status || got != tt.want {
			t.Errorf("%s with %q = %d %q, want %d %q", tt.method, tt.headers, res.StatusCode, got, tt.status, tt.want)
		}
		if tt.status == 206 && body != text[:2000] {
			t.Errorf("%s with %q: %.40q…, want the first 2000 bytes", tt.method, tt.headers, body)
		}
	}
}

// The client has what was flushed before the rest is there, and what breaks off later
// never looks whole.
func TestCompressedFlows(t *testing.T) {
	t.Parallel()
	for _, coding := range []string{"gzip", "zstd"} {
		arrived := make(chan struct{})
		server := httptest.NewServer(compressed(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, "[1")
			_ = http.NewResponseController(w).Flush()
			select {
			case <-arrived:
			case <-r.Context().Done():
			}
			_, _ = io.WriteString(w, text)
			panic(http.ErrAbortHandler)
		})))
		defer server.Close()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept-Encoding", coding)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var from io.Reader
		if coding == "gzip" {
			from, err = gzip.NewReader(res.Body)
		} else {
			from, err = zstd.NewReader(res.Body, zstd.WithDecoderConcurrency(1))
		}
		if err != nil {
			t.Fatal(err)
		}
		first := make([]byte, 2)
		if _, err := io.ReadFull(from, first); err != nil || !bytes.Equal(first, []byte("[1")) {
			t.Errorf("%s: the first bytes are %q and %v, want [1", coding, first, err)
		}
		close(arrived)
		if _, err := io.Copy(io.Discard, from); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: an answer that was broken off ends with %v, want %v", coding, err, io.ErrUnexpectedEOF)
		}
	}
}

// Even where a panic is caught, so that HTTP knows of no break, the coding has no end.
func TestCompressedHasNoEnd(t *testing.T) {
	t.Parallel()
	for _, coding := range []string{"gzip", "zstd"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() { _ = recover() }()
			compressed(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/csv")
				_, _ = io.WriteString(w, text)
				_ = http.NewResponseController(w).Flush()
				panic("no more")
			})).ServeHTTP(w, r)
		}))
		defer server.Close()
		_, body, err := asked(t, "GET", server.URL, "Accept-Encoding", coding)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := decode(coding, body); got != text || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %d bytes that end with %v, want %d and %v", coding, len(got), err, len(text), io.ErrUnexpectedEOF)
		}
	}
}

// What nobody began is nobody's answer: a panic before the first byte sends none of it.
func TestCompressedBreaksOff(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(compressed(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/csv")
		_, _ = io.WriteString(w, "half a ro")
		panic(http.ErrAbortHandler)
	})))
	defer server.Close()
	req := httptest.NewRequest(http.MethodGet, server.URL, http.NoBody)
	req.RequestURI = ""
	req.Header.Set("Accept-Encoding", "gzip")
	if res, err := http.DefaultClient.Do(req); err == nil {
		res.Body.Close()
		t.Errorf("GET = %s, want no answer", res.Status)
	}
}
