package compress

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

// text is the body of a compressible response of sufficient size.
var text = strings.Repeat(`{"label":"passed","score":1},`, 200)

// request sends a request with the given headers, and neither adds Accept-Encoding nor
// decodes the body.
func request(t *testing.T, method, url string, headers ...string) (*http.Response, string, error) {
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

// mustDecode decodes a complete body.
func mustDecode(t *testing.T, encoding, body string) string {
	t.Helper()
	plain, err := decode(encoding, body)
	if err != nil {
		t.Fatalf("decode %s: %v", encoding, err)
	}
	return plain
}

func decode(encoding, body string) (string, error) {
	var reader io.Reader = strings.NewReader(body)
	var err error
	switch encoding {
	case "gzip":
		reader, err = gzip.NewReader(reader)
	case "zstd":
		reader, err = zstd.NewReader(reader)
	}
	if err != nil {
		return "", err
	}
	plain, err := io.ReadAll(reader)
	return string(plain), err
}

// startServer returns the URL of a server whose paths name its responses.
func startServer(t *testing.T) string {
	t.Helper()
	respond := func(mediaType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", mediaType)
			w.Header().Set("Content-Length", fmt.Sprint(len(body)))
			w.Header().Set("Vary", "Accept, Cookie")
			_, _ = io.WriteString(w, body)
		}
	}
	mux := http.NewServeMux()
	mux.Handle("/json", respond("application/graphql-response+json; charset=utf-8", text))
	mux.Handle("/small", respond("application/json", text[:minSize-1]))
	mux.Handle("/zip", respond("application/zip", text))
	mux.HandleFunc("/bytes", func(w http.ResponseWriter, _ *http.Request) { // no length, a byte at a time
		w.Header().Set("Content-Type", "text/csv")
		for i := range text {
			_, _ = io.WriteString(w, text[i:i+1])
		}
	})
	mux.HandleFunc("/short", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/csv")
		_, _ = io.WriteString(w, "a,b")
	})
	mux.HandleFunc("/empty", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("/file", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		w.Header().Set("ETag", `"tag"`)
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(text))
	})
	server := httptest.NewServer(Middleware(mux))
	t.Cleanup(server.Close)
	return server.URL
}

// The decoded body is the same with every encoding, and only suitable responses are encoded.
func TestMiddleware(t *testing.T) {
	t.Parallel()
	base := startServer(t)
	for _, tt := range []struct {
		path, accept, encoding, vary, body string
	}{
		{"/json", "", "", "Accept, Cookie", text},
		{"/json", "gzip", "gzip", "Accept, Cookie; Accept-Encoding", text},
		{"/json", "zstd", "zstd", "Accept, Cookie; Accept-Encoding", text},
		{"/json", "gzip, zstd", "gzip", "Accept, Cookie; Accept-Encoding", text},
		{"/json", "br", "", "Accept, Cookie; Accept-Encoding", text},
		{"/small", "gzip", "", "Accept, Cookie; Accept-Encoding", text[:minSize-1]},
		{"/small", "gzip, identity;q=0", "gzip", "Accept, Cookie; Accept-Encoding", text[:minSize-1]},
		{"/small", "identity;q=0", "", "Accept, Cookie; Accept-Encoding", text[:minSize-1]},
		{"/zip", "gzip, zstd", "", "Accept, Cookie", text},
		{"/zip", "gzip, identity;q=0", "", "Accept, Cookie", text},
		{"/bytes", "gzip", "gzip", "Accept-Encoding", text},
		{"/bytes", "zstd", "zstd", "Accept-Encoding", text},
		{"/short", "zstd", "", "Accept-Encoding", "a,b"},
		{"/short", "zstd, *;q=0", "zstd", "Accept-Encoding", "a,b"},
		{"/empty", "gzip, identity;q=0", "", "", ""},
		{"/file", "gzip", "gzip", "Accept-Encoding", text},
	} {
		var headers []string
		if tt.accept != "" {
			headers = []string{"Accept-Encoding", tt.accept}
		}
		res, body, err := request(t, "GET", base+tt.path, headers...)
		if err != nil {
			t.Fatal(err)
		}
		encoding, vary := res.Header.Get("Content-Encoding"), strings.Join(res.Header.Values("Vary"), "; ")
		if encoding != tt.encoding || vary != tt.vary {
			t.Errorf("GET %s with %q: encoding %q and Vary %q, want %q and %q", tt.path, tt.accept, encoding, vary, tt.encoding, tt.vary)
			continue
		}
		if got := mustDecode(t, encoding, body); got != tt.body {
			t.Errorf("GET %s with %q = %.40q… (%d bytes), want %d", tt.path, tt.accept, got, len(got), len(tt.body))
		}
		if encoding != "" && len(tt.body) == len(text) && len(body) > len(text)/5 {
			t.Errorf("GET %s with %q takes %d bytes of %d", tt.path, tt.accept, len(body), len(text))
		}
	}
}

// HEAD has the headers of GET, and a range refers to the unencoded bytes.
func TestMiddlewareHeaders(t *testing.T) {
	t.Parallel()
	base := startServer(t)
	const weak, strong, plain = `W/"tag"`, `"tag"`, ""
	size := fmt.Sprint(len(text))
	for _, tt := range []struct {
		method  string
		headers []string
		status  int
		// Content-Encoding, ETag, Content-Length and Accept-Ranges
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
		res, body, err := request(t, tt.method, base+"/file", tt.headers...)
		if err != nil {
			t.Fatal(err)
		}
		h := res.Header
		got := [4]string{h.Get("Content-Encoding"), h.Get("ETag"), h.Get("Content-Length"), h.Get("Accept-Ranges")}
		if tt.method == "GET" && got[0] != plain && got[2] == fmt.Sprint(len(body)) {
			got[2] = "" // net/http sets the length of a short body
		}
		if res.StatusCode != tt.status || got != tt.want {
			t.Errorf("%s with %q = %d %q, want %d %q", tt.method, tt.headers, res.StatusCode, got, tt.status, tt.want)
		}
		if tt.status == 206 && body != text[:2000] {
			t.Errorf("%s with %q: %.40q…, want the first 2000 bytes", tt.method, tt.headers, body)
		}
	}
}

// The client receives flushed bytes before the response is complete, and a response that is
// aborted afterwards does not look complete.
func TestMiddlewareStreams(t *testing.T) {
	t.Parallel()
	for _, encoding := range []string{"gzip", "zstd"} {
		received := make(chan struct{})
		server := httptest.NewServer(Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, "[1")
			_ = http.NewResponseController(w).Flush()
			select {
			case <-received:
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
		req.Header.Set("Accept-Encoding", encoding)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var decoder io.Reader
		if encoding == "gzip" {
			decoder, err = gzip.NewReader(res.Body)
		} else {
			decoder, err = zstd.NewReader(res.Body, zstd.WithDecoderConcurrency(1))
		}
		if err != nil {
			t.Fatal(err)
		}
		first := make([]byte, 2)
		if _, err := io.ReadFull(decoder, first); err != nil || !bytes.Equal(first, []byte("[1")) {
			t.Errorf("%s: the first bytes are %q and %v, want [1", encoding, first, err)
		}
		close(received)
		if _, err := io.Copy(io.Discard, decoder); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: an aborted response ends with %v, want %v", encoding, err, io.ErrUnexpectedEOF)
		}
	}
}

// A response whose handler panicked stays incomplete even if the panic is recovered, so that
// HTTP itself reports no error.
func TestMiddlewareAfterRecoveredPanic(t *testing.T) {
	t.Parallel()
	for _, encoding := range []string{"gzip", "zstd"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() { _ = recover() }()
			Middleware(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/csv")
				_, _ = io.WriteString(w, text)
				_ = http.NewResponseController(w).Flush()
				panic("handler failed")
			})).ServeHTTP(w, r)
		}))
		defer server.Close()
		_, body, err := request(t, "GET", server.URL, "Accept-Encoding", encoding)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := decode(encoding, body); got != text || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %d bytes that end with %v, want %d and %v", encoding, len(got), err, len(text), io.ErrUnexpectedEOF)
		}
	}
}

// A panic before the header is sent discards the buffer.
func TestMiddlewareAbortedBeforeHeader(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(Middleware(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/csv")
		_, _ = io.WriteString(w, "incomplete ro")
		panic(http.ErrAbortHandler)
	})))
	defer server.Close()
	req := httptest.NewRequest(http.MethodGet, server.URL, http.NoBody)
	req.RequestURI = ""
	req.Header.Set("Accept-Encoding", "gzip")
	if res, err := http.DefaultClient.Do(req); err == nil {
		res.Body.Close()
		t.Errorf("GET = %s, want no response", res.Status)
	}
}
