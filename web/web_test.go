package web_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/web"
)

// do sends a request without automatic compression and redirects, and returns the response
// with its body.
func do(t *testing.T, method, url string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := (&http.Transport{DisableCompression: true, DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func serve(t *testing.T) string {
	t.Helper()
	pages, mux := web.New(canvasFrames), http.NewServeMux()
	mux.Handle("/app", pages.App())
	mux.Handle("/app/", pages.App())
	mux.Handle("/graphiql", pages.GraphiQL())
	mux.Handle("/graphiql/", pages.GraphiQL())
	mux.Handle("/lti/", pages.API())
	mux.Handle("/assets/", pages.Assets())
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv.URL
}

// assetPath returns the path of an asset of GraphiQL with an extension.
func assetPath(t *testing.T, base, ext string) string {
	t.Helper()
	_, page := do(t, "GET", base+"/graphiql")
	found := regexp.MustCompile(`="\./(assets/[^"]+` + regexp.QuoteMeta(ext) + `)"`).FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("the page has no asset with the extension %q:\n%s", ext, page)
	}
	return "/" + found[1]
}

func TestResponses(t *testing.T) {
	t.Parallel()
	base := serve(t)
	const immutable, revalidate = "public, max-age=31536000, immutable", "no-cache"
	for _, tt := range []struct {
		method, path string
		status       int
		mediaType    string
		cache        string
	}{
		{"GET", "/graphiql", 200, "text/html; charset=utf-8", revalidate},
		{"HEAD", "/graphiql", 200, "text/html; charset=utf-8", revalidate},
		{"GET", "/graphiql/", 308, "", ""},
		{"GET", "/app", 200, "text/html; charset=utf-8", revalidate},
		{"GET", "/app/", 308, "", ""},
		{"GET", "/lti/api-doc", 200, "text/html; charset=utf-8", revalidate},
		{"HEAD", "/lti/api-doc", 200, "text/html; charset=utf-8", revalidate},
		{"GET", "/lti/api-doc/", 308, "", ""},
		{"GET", "/lti/api-doc/other", 404, "text/plain; charset=utf-8", ""},
		{"PUT", "/lti/api-doc", 405, "text/plain; charset=utf-8", ""},
		{"GET", assetPath(t, base, ".js"), 200, "text/javascript; charset=utf-8", immutable},
		{"GET", assetPath(t, base, ".css"), 200, "text/css; charset=utf-8", immutable},
		{"GET", assetPath(t, base, ".svg"), 200, "image/svg+xml", immutable},
		{"GET", "/assets/none.js", 404, "text/plain; charset=utf-8", ""},
		{"GET", "/assets/", 404, "text/plain; charset=utf-8", ""},
		{"GET", "/assets/..%2fgraphiql.html", 404, "text/plain; charset=utf-8", ""},
		{"POST", "/graphiql", 405, "text/plain; charset=utf-8", ""},
		{"DELETE", assetPath(t, base, ".js"), 405, "text/plain; charset=utf-8", ""},
	} {
		resp, body := do(t, tt.method, base+tt.path)
		h := resp.Header
		if resp.StatusCode != tt.status || h.Get("Content-Type") != tt.mediaType || h.Get("Cache-Control") != tt.cache {
			t.Errorf("%s %s = %d, %q, %q; want %d, %q, %q", tt.method, tt.path,
				resp.StatusCode, h.Get("Content-Type"), h.Get("Cache-Control"), tt.status, tt.mediaType, tt.cache)
		}
		if tt.method == "HEAD" && body != "" {
			t.Errorf("HEAD %s has a body of %d bytes", tt.path, len(body))
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "same-origin" {
			t.Errorf("%s %s lacks a header: %v", tt.method, tt.path, h)
		}
		for _, rule := range []string{"default-src 'self'", "script-src 'self'", "frame-ancestors 'self' https://canvas.example", "base-uri 'none'"} {
			if !strings.Contains(h.Get("Content-Security-Policy")+";", rule+";") {
				t.Errorf("%s %s: Content-Security-Policy = %q, want %q in it", tt.method, tt.path, h.Get("Content-Security-Policy"), rule)
			}
		}
	}
}

// Only the pages of libraries may have styles in their documents.
func TestStylesOfAppAreFiles(t *testing.T) {
	t.Parallel()
	base := serve(t)
	for path, want := range map[string]bool{"/app": false, "/graphiql": true, "/lti/api-doc": true} {
		resp, _ := do(t, "GET", base+path)
		if got := strings.Contains(resp.Header.Get("Content-Security-Policy"), "unsafe"); got != want {
			t.Errorf("GET %s allows inline styles: %t, want %t", path, got, want)
		}
	}
}

func TestRedirectKeepsPrefixOfProxy(t *testing.T) {
	t.Parallel()
	base := serve(t)
	for path, want := range map[string]string{"/app/": "../app", "/graphiql/": "../graphiql", "/lti/api-doc/": "../api-doc"} {
		resp, _ := do(t, "GET", base+path)
		if got := resp.Header.Get("Location"); got != want {
			t.Errorf("Location of %s = %q, want %q", path, got, want)
		}
	}
}

func TestUnchangedFilesAnswer304(t *testing.T) {
	t.Parallel()
	base := serve(t)
	for _, p := range []string{"/graphiql", "/lti/api-doc", assetPath(t, base, ".css")} {
		tags := map[string]bool{}
		for _, coding := range []string{"identity", "gzip"} {
			resp, _ := do(t, "GET", base+p, "Accept-Encoding", coding)
			tag := resp.Header.Get("ETag")
			if tag == "" || tags[tag] {
				t.Errorf("GET %s in %s: ETag = %q, want a unique one", p, coding, tag)
			}
			tags[tag] = true
			again, body := do(t, "GET", base+p, "Accept-Encoding", coding, "If-None-Match", tag)
			if again.StatusCode != 304 || body != "" {
				t.Errorf("GET %s in %s with its ETag = %d and %d bytes, want 304 and none", p, coding, again.StatusCode, len(body))
			}
			changed, _ := do(t, "GET", base+p, "Accept-Encoding", coding, "If-None-Match", `"other"`)
			if changed.StatusCode != 200 {
				t.Errorf("GET %s in %s with another ETag = %d, want 200", p, coding, changed.StatusCode)
			}
		}
	}
}

func TestCompressesWhenClientAcceptsGzip(t *testing.T) {
	t.Parallel()
	base := serve(t)
	js := base + assetPath(t, base, ".js")
	_, want := do(t, "GET", js)
	for accept, coding := range map[string]string{
		"gzip":                    "gzip",
		"br, GZIP;q=0.5, deflate": "gzip",
		"gzip;q=1.000":            "gzip",
		"":                        "",
		"identity":                "",
		"br":                      "",
		"gzip;q=0":                "",
		"gzip; q=0.000, identity": "",
		"x-gzip2":                 "",
	} {
		resp, got := do(t, "GET", js, "Accept-Encoding", accept)
		if c := resp.Header.Get("Content-Encoding"); c != coding {
			t.Errorf("GET with Accept-Encoding %q: Content-Encoding = %q, want %q", accept, c, coding)
			continue
		}
		if v := resp.Header.Get("Vary"); v != "Accept-Encoding" {
			t.Errorf("GET with Accept-Encoding %q: Vary = %q, want %q", accept, v, "Accept-Encoding")
		}
		if coding == "gzip" {
			got = unzip(t, got)
		}
		if got != want {
			t.Errorf("GET with Accept-Encoding %q: the content differs", accept)
		}
	}
}

func unzip(t *testing.T, body string) string {
	t.Helper()
	r, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

// externalLoad matches code that makes a browser load a resource from another origin: links
// and sources in HTML, url() and @import in CSS, imports, workers and requests in scripts.
// XML namespaces, schema names and hyperlinks do not match.
var externalLoad = regexp.MustCompile(`(?i)(?:` +
	`\b(?:src|srcset|action|poster)\s*=\s*["'\x60]?` +
	`|<link\b[^>]*\bhref\s*=\s*["']?` +
	`|\burl\(\s*["']?` +
	`|@import\s*["']?` +
	`|\b(?:import|fetch|importScripts|Worker|EventSource|WebSocket|sendBeacon)\s*\(?\s*["'\x60]` +
	`|\bfrom\s*["']` +
	`)((?:https?:|wss?:)?//[^"'\x60)\s>]{3,40})`)

// externalLoads returns the external loads of a file. It applies the slow regular expression
// only around each "//".
func externalLoads(body []byte) (found []string) {
	for at := 0; ; at += 2 {
		next := bytes.Index(body[at:], []byte("//"))
		if next < 0 {
			return found
		}
		at += next
		if m := externalLoad.Find(body[max(0, at-200):min(len(body), at+50)]); m != nil {
			found = append(found, string(m))
		}
	}
}

func TestExternalLoads(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`<script src="https://cdn.test/x.js">`:               true,
		`<link rel=stylesheet href='//cdn.test/x.css'>`:      true,
		`@import "https://cdn.test/x.css"`:                   true,
		`src:url(https://cdn.test/x.woff2)`:                  true,
		`import("https://cdn.test/x.js")`:                    true,
		`import{a}from"https://cdn.test/x.js"`:               true,
		"new Worker(`https://cdn.test/w.js`)":                true,
		`fetch("https://cdn.test/telemetry")`:                true,
		`<script src="./assets/x.js">`:                       false,
		`<a href="https://docs.test/">`:                      false,
		`createElementNS("http://www.w3.org/2000/svg","g")`:  false,
		`$schema:"http://json-schema.org/draft-07/schema#"`:  false,
		`url(data:image/svg+xml;base64,Ly9jZG4udGVzdC94Lg)`:  false,
		`// License: https://github.test/LICENSE from "http`: false,
	} {
		if got := externalLoads([]byte(text)); (len(got) > 0) != want {
			t.Errorf("externalLoads(%q) = %q, want matches: %t", text, got, want)
		}
	}
}

func TestPagesLoadNothingFromOtherOrigins(t *testing.T) {
	t.Parallel()
	base := serve(t)
	for name, body := range builtFiles(t) {
		for _, load := range externalLoads(body) {
			t.Errorf("%s loads from another origin: %s", name, load)
		}
		if bytes.Contains(body, []byte("sourceMappingURL=")) {
			t.Errorf("%s refers to a source map, which is not part of the build", name)
		}
		if strings.HasPrefix(name, "assets/") {
			if resp, _ := do(t, "HEAD", base+"/"+name); resp.StatusCode != 200 {
				t.Errorf("HEAD /%s = %d, want 200", name, resp.StatusCode)
			}
		}
	}
}

// builtFiles returns the uncompressed files of dist by their path in it.
func builtFiles(t *testing.T) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, dir := range []string{".", "lti", "assets"} {
		entries, err := os.ReadDir(path.Join("dist", dir))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.IsDir() {
				continue
			}
			compressed, err := os.ReadFile(path.Join("dist", dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			files[path.Join(dir, strings.TrimSuffix(e.Name(), ".gz"))] = []byte(unzip(t, string(compressed)))
		}
	}
	return files
}

// A handler around a page may vary on other headers; caches must see all of them.
func TestVaryIsAdded(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	w.Header().Set("Vary", "Accept")
	web.New(canvasFrames).API().ServeHTTP(w, httptest.NewRequest("GET", "/lti/api-doc", http.NoBody))
	if got := strings.Join(w.Header().Values("Vary"), ", "); got != "Accept, Accept-Encoding" {
		t.Errorf("Vary = %q, want %q", got, "Accept, Accept-Encoding")
	}
}

// canvasFrames are the origins of the pages that may show the pages in a frame.
func canvasFrames(context.Context) []string { return []string{"https://canvas.example"} }
