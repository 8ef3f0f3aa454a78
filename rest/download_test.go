package rest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/ingest"
)

// newServerWithBundles returns a server whose students have bundles in different states.
func newServerWithBundles(t *testing.T) *testServer {
	t.Helper()
	c := newTestServer(t, openStore(t))
	full := c.storeBundle(t, db.BundleFull, "result.zip", newZip(t, "result.xml", "<results/>", "full.txt", "full"))
	basic := c.storeBundle(t, db.BundleBasic, "result.xml", []byte("<results id='basic'/>"))
	product := c.storeBundle(t, db.BundleProduct, "Zoë's “work”.zip", newZip(t, "product.xml", "<product/>"))
	missing := c.storeBundle(t, db.BundleFull, "result.zip", newZip(t, "result.xml", "<results id='missing'/>"))
	*missing.SHA256 = strings.Repeat("0", 64)
	students := c.createStudents(t, "Ada", "Bob", "Cleo", "Dirk", "Eva", "Finn")
	var items []*ingest.ResultItem
	for i, bundles := range [][]*db.Bundle{
		{full, basic, product},
		{purgedBundle(db.BundleFull), basic, purgedBundle(db.BundleProduct)},
		{purgedBundle(db.BundleFull), purgedBundle(db.BundleBasic)},
		{basic},
		{},
		{missing},
	} {
		item := c.result(students[i], 1)
		for _, b := range bundles {
			bundle := *b
			item.Bundles = append(item.Bundles, &bundle)
		}
		items = append(items, item)
	}
	c.insertResults(t, append(items, c.result(students[0], 2))...)
	return c
}

// Each URL returns the documented bundle, 404 if the bundle never existed, 410 if it was purged, or 503
// if the file is missing.
func TestDownloadRules(t *testing.T) {
	t.Parallel()
	c := newServerWithBundles(t)
	for _, tt := range []struct {
		path   string
		status int
		body   string // a part of the body
	}{
		{"9001/attempt/1/bundle/", 200, "PK"},
		{"9001/attempt/1/full_bundle/", 200, "PK"},
		{"9001/attempt/1/basic_bundle/", 200, "<results id='basic'/>"},
		{"9001/attempt/1/product/", 200, "PK"},
		{"9001/attempt/1/bundle/full.txt/", 200, "full"},
		{"9001/attempt/1/full_bundle/result.xml/", 200, "<results/>"},
		{"9001/attempt/1/basic_bundle/result.xml/", 200, "<results id='basic'/>"},
		{"9001/attempt/1/basic_bundle/full.txt/", 404, ""},
		{"9001/attempt/3/bundle/", 404, ""},
		{"9001/bundle/", 404, ""}, // the second attempt has no bundle
		{"9001/bundle/result.xml/", 404, ""},
		{"9002/bundle/", 200, "<results id='basic'/>"},
		{"9002/bundle/result.xml/", 200, "<results id='basic'/>"},
		{"9002/full_bundle/", 410, `{"detail":"Full bundle is gone"}`},
		{"9002/full_bundle/result.xml/", 410, `{"detail":"Full bundle is gone"}`},
		{"9002/basic_bundle/", 200, "<results id='basic'/>"},
		{"9002/product/", 410, `{"detail":"Product is gone"}`},
		{"9003/bundle/", 410, `{"detail":"Result is gone"}`},
		{"9003/bundle/result.xml/", 410, `{"detail":"Result is gone"}`},
		{"9003/basic_bundle/", 410, `{"detail":"Result is gone"}`},
		{"9003/product/", 404, ""},
		{"9004/bundle/", 200, "<results id='basic'/>"},
		{"9004/full_bundle/", 404, ""}, // never existed
		{"9004/full_bundle/result.xml/", 404, ""},
		{"9005/bundle/", 404, ""},
		{"9005/basic_bundle/", 404, ""},
		{"9006/full_bundle/", 503, "report it to the operator"}, // the blob is missing
		{"9006/full_bundle/result.xml/", 503, "report it to the operator"},
		{"9007/bundle/", 404, ""}, // unknown student
	} {
		res := c.send(t, http.MethodGet, tt.path)
		if res.status != tt.status || !strings.Contains(res.body, tt.body) || res.err != nil {
			t.Errorf("GET %s = %d %q, %v, want %d %q", tt.path, res.status, res.body, res.err, tt.status, tt.body)
		}
		if tt.status != 200 && res.header.Get("Content-Type") != "application/json" {
			t.Errorf("GET %s has the Content-Type %s, want application/json", tt.path, res.header.Get("Content-Type"))
		}
		head := c.send(t, http.MethodHead, tt.path)
		if head.status != tt.status || head.body != "" || head.header.Get("Content-Length") != res.header.Get("Content-Length") {
			t.Errorf("HEAD %s = %d %q, Content-Length %s, want %d, no body, Content-Length %s", tt.path,
				head.status, head.body, head.header.Get("Content-Length"), tt.status, res.header.Get("Content-Length"))
		}
	}
	if log := c.log.String(); !strings.Contains(log, "level=ERROR") || !strings.Contains(log, "sha256="+strings.Repeat("0", 64)) {
		t.Errorf("log = %q, want an error with the digest of the missing bundle", log)
	}
}

func TestDownloadHeaders(t *testing.T) {
	t.Parallel()
	c := newServerWithBundles(t)
	res := c.send(t, http.MethodGet, "9001/attempt/1/product/")
	for name, want := range map[string]string{
		"Content-Type":            "application/zip",
		"Content-Length":          fmt.Sprint(len(res.body)),
		"Content-Disposition":     `attachment; filename="Zo_'s _work_.zip"; filename*=UTF-8''Zo%C3%AB%27s%20%E2%80%9Cwork%E2%80%9D.zip`,
		"Accept-Ranges":           "bytes",
		"Cache-Control":           "private, no-cache",
		"X-Content-Type-Options":  "nosniff",
		"Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
	} {
		if got := res.header.Get(name); got != want {
			t.Errorf("header %s = %s, want %s", name, got, want)
		}
	}
	res = c.send(t, http.MethodGet, "9002/bundle/")
	if got, want := res.header.Get("Content-Type")+" "+res.header.Get("Content-Disposition"), `application/xml attachment; filename="result.xml"`; got != want {
		t.Errorf("headers of a basic bundle = %s, want %s", got, want)
	}
}

// Downloads support Range, If-None-Match, If-Match and If-Range.
func TestDownloadConditions(t *testing.T) {
	t.Parallel()
	c := newServerWithBundles(t)
	for _, path := range []string{"9002/bundle/", "9002/bundle/result.xml/", "9001/attempt/1/full_bundle/full.txt/", "9001/attempt/1/bundle/"} {
		whole := c.send(t, http.MethodGet, path)
		n, tag := len(whole.body), whole.header.Get("ETag")
		for _, tt := range []struct {
			header, value string
			status        int
			body          string
		}{
			{"Range", "bytes=0-2", 206, whole.body[:3]},
			{"Range", "bytes=1-", 206, whole.body[1:]},
			{"Range", "bytes=-2", 206, whole.body[n-2:]},
			{"Range", "bytes=2-9999", 206, whole.body[2:]},
			{"Range", fmt.Sprintf("bytes=%d-", n), 416, ""},
			{"Range", "bytes=-0", 416, ""},
			{"Range", "bytes=2-1", 416, ""},
			{"Range", "bytes=x", 416, ""},
			{"Range", "lines=1-2", 200, whole.body},
			{"If-None-Match", tag, 304, ""},
			{"If-None-Match", `"x", W/` + tag, 304, ""},
			{"If-None-Match", "*", 304, ""},
			{"If-None-Match", `"x"`, 200, whole.body},
			{"If-Match", `"x"`, 412, ""},
		} {
			res := c.send(t, http.MethodGet, path, tt.header+": "+tt.value)
			if res.status != tt.status || tt.status < 300 && res.body != tt.body || res.err != nil {
				t.Errorf("GET %s with %s %s = %d %q, %v, want %d %q", path, tt.header, tt.value, res.status, res.body, res.err, tt.status, tt.body)
			}
		}
		res := c.send(t, http.MethodGet, path, "Range: bytes=-0")
		const body = `{"detail":"The content has no such range."}`
		if h := res.header; res.body != body || h.Get("Content-Type") != "application/json" || h.Get("Content-Range") != fmt.Sprintf("bytes */%d", n) || h.Get("ETag")+h.Get("Content-Disposition") != "" {
			t.Errorf("GET %s with an empty range = %q, headers %v, want %s", path, res.body, h, body)
		}
		res = c.send(t, http.MethodHead, path, "Range: bytes=0-1")
		if res.status != 200 || res.header.Get("Content-Length") != fmt.Sprint(n) {
			t.Errorf("HEAD %s with a range = %d, Content-Length %s, want 200, Content-Length %d", path, res.status, res.header.Get("Content-Length"), n)
		}
		res = c.send(t, http.MethodGet, path, "Range: bytes=0-1", `If-Range: "x"`)
		if res.status != 200 || res.body != whole.body {
			t.Errorf("GET %s with If-Range of another version = %d %q, want 200 and the whole content", path, res.status, res.body)
		}
	}
}

// A file name has a form for old clients and a form for new clients, and cannot inject a header.
func TestContentDisposition(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"result.xml": `attachment; filename="result.xml"`,
		`a"b\c/d%20`: `attachment; filename="a_b_c_d_20"; filename*=UTF-8''a%22b%5Cc%2Fd%2520`,
		"a\r\nb\x00": `attachment; filename="a__b_"; filename*=UTF-8''a%0D%0Ab%00`,
		"日本 \xff":    `attachment; filename="__ _"; filename*=UTF-8''%E6%97%A5%E6%9C%AC%20_`,
	} {
		if got := contentDisposition("attachment", name); got != want {
			t.Errorf("contentDisposition(%q) = %s, want %s", name, got, want)
		}
	}
}
