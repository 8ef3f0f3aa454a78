package rest

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/momotor/resultgraph/db"
)

// newServerWithBundle returns a server where student 9001 has a full bundle with this content.
func newServerWithBundle(t *testing.T, content []byte) *testServer {
	t.Helper()
	c := newTestServer(t, openStore(t))
	item := c.result(c.createStudents(t, "Ada")[0], 1)
	item.Bundles = []*db.Bundle{c.storeBundle(t, db.BundleFull, "result.zip", content)}
	c.insertResults(t, item)
	return c
}

// A path is decoded once, and then compared with the names of the members.
func TestMemberPaths(t *testing.T) {
	t.Parallel()
	c := newServerWithBundle(t, newZip(t,
		"result.xml", "<results/>", "result/run.0/out.txt", "out", "50%25 off.txt", "percent", "a b+c.txt", "blank",
		"Zoë.txt", "umlaut", "dir/", "", "dots...txt", "dots", "x/", "", "x//y", "two slashes", "noextension", "plain",
	))
	for _, tt := range []struct {
		path   string
		status int
		body   string
	}{
		{"result.xml/", 200, "<results/>"},
		{"result/run.0/out.txt/", 200, "out"},
		{"result%2Frun.0%2fout.txt/", 200, "out"},
		{"%72esult.xml/", 200, "<results/>"},
		{"50%2525%20off.txt/", 200, "percent"},
		{"a%20b+c.txt/", 200, "blank"},
		{"Zo%C3%AB.txt/", 200, "umlaut"},
		{"dots...txt/", 200, "dots"},
		{"x//y/", 200, "two slashes"},
		{"noextension/", 200, "plain"},
		{"result.xml", 301, ""},
		{"50%25%20off.txt/", 404, ""},
		{"result%252Frun.0%252Fout.txt/", 404, ""},
		{"RESULT.XML/", 404, ""},
		{"out.txt/", 404, ""},
		{"result.xml//", 404, ""},
		{"/result.xml/", 404, ""},
		{"%2Fresult.xml/", 404, ""},
		{"/", 404, ""},
		{"%20/", 404, ""},
		{"dir/", 404, ""},
		{"dir//", 404, ""},
		{"x/", 404, ""},
		{"result/", 404, ""},
		{"result/run.0/", 404, ""},
		{"./result.xml/", 404, ""},
		{"../result.xml/", 404, ""},
		{"result/../result.xml/", 404, ""},
		{"..%2fresult.xml/", 404, ""},
		{"%2e%2e/%2e%2e/etc/passwd/", 404, ""},
		{"%252e%252e%252fetc/passwd/", 404, ""},
		{"..%5c..%5cresult.xml/", 404, ""},
		{"%2Fetc%2Fpasswd/", 404, ""},
		{"/etc/passwd/", 404, ""},
		{"C:%5CWindows/", 404, ""},
		{"result.xml%00/", 404, ""},
		{"result.xml%00.txt/", 404, ""},
		{"%FF/", 404, ""},
		{"result.xml%0d%0aX:%20y/", 404, ""},
		{strings.Repeat("a", 4000) + "/", 404, ""},
	} {
		res := c.send(t, http.MethodGet, "9001/bundle/"+tt.path)
		if res.status != tt.status || tt.status == 200 && res.body != tt.body || res.err != nil {
			t.Errorf("GET bundle/%.60s = %d %q, %v, want %d %q", tt.path, res.status, res.body, res.err, tt.status, tt.body)
		}
	}
}

// The media type depends on the name, and the headers forbid browsers to run scripts.
func TestMemberHeaders(t *testing.T) {
	t.Parallel()
	const script = `<script>alert(document.cookie)</script>`
	c := newServerWithBundle(t, newZip(t, "result.xml", "<results/>", "r/report.html", script, "plot.SVG", "<svg>"+script+"</svg>",
		"x.js", "alert(1)", "out.txt", script, "noextension", script, "a.png", script, "Main.class", script, "x.xhtml", script, "backup.html~", script))
	for _, tt := range []struct{ path, media, disposition string }{
		{"result.xml", "application/xml", `inline; filename="result.xml"`},
		{"r/report.html", "text/html; charset=utf-8", `inline; filename="report.html"`},
		{"plot.SVG", "image/svg+xml", `inline; filename="plot.SVG"`},
		{"x.xhtml", "application/xhtml+xml", `inline; filename="x.xhtml"`},
		{"x.js", "text/plain; charset=utf-8", `inline; filename="x.js"`},
		{"out.txt", "text/plain; charset=utf-8", `inline; filename="out.txt"`},
		{"a.png", "image/png", `inline; filename="a.png"`},
		{"noextension", "application/octet-stream", `attachment; filename="noextension"`},
		{"Main.class", "application/octet-stream", `attachment; filename="Main.class"`},
		{"backup.html~", "application/octet-stream", `attachment; filename="backup.html~"`},
	} {
		res := c.send(t, http.MethodGet, "9001/full_bundle/"+tt.path+"/")
		got := []string{res.header.Get("Content-Type"), res.header.Get("Content-Disposition")}
		if got[0] != tt.media || got[1] != tt.disposition {
			t.Errorf("headers of %s = %q, want %q", tt.path, got, []string{tt.media, tt.disposition})
		}
		csp := res.header.Get("Content-Security-Policy")
		if res.header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(csp, "sandbox; default-src 'none'; ") ||
			strings.Contains(csp, "allow-") || strings.Contains(csp, "script-src") {
			t.Errorf("headers of %s = %v, want a sandbox without scripts", tt.path, res.header)
		}
	}
}

// A text claims UTF-8 only if it is UTF-8 and small enough to check. The check does not change what is
// sent.
func TestMemberCharset(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", maxCheckedText/2)
	c := newServerWithBundle(t, newZip(t, "utf8.txt", "é", "latin1.txt", "\xe9", "cut.txt", "é\xc3", "bom.txt", "\ufeffx", "utf16.txt", "\xff\xfex\x00",
		"empty.txt", "", "latin1.html", "<p>\xe9", "utf8.csv", "é", "latin1.py", "# \xe9", "latin1.json", "\xe9", "limit.txt", long, "over.txt", long+"x"))
	for name, want := range map[string]string{
		"utf8.txt": "text/plain; charset=utf-8", "latin1.txt": "text/plain", "cut.txt": "text/plain", "bom.txt": "text/plain; charset=utf-8",
		"utf16.txt": "text/plain", "empty.txt": "text/plain; charset=utf-8", "latin1.html": "text/html", "utf8.csv": "text/csv; charset=utf-8",
		"latin1.py": "text/plain", "latin1.json": "application/json", "limit.txt": "text/plain; charset=utf-8", "over.txt": "text/plain",
	} {
		path := "9001/bundle/" + name + "/"
		whole := c.send(t, http.MethodGet, path)
		if got := whole.header.Get("Content-Type"); whole.status != 200 || whole.err != nil || got != want {
			t.Errorf("GET %s = %d, Content-Type %s, %v, want %s", name, whole.status, got, whole.err, want)
		}
		if len(whole.body) > 1 {
			part := c.send(t, http.MethodGet, path, "Range: bytes=1-1")
			if part.status != 206 || part.body != whole.body[1:2] || part.header.Get("Content-Type") != want {
				t.Errorf("GET of a byte of %s = %d %q, Content-Type %s, want 206 %q, %s", name, part.status, part.body, part.header.Get("Content-Type"), whole.body[1:2], want)
			}
		}
		if head := c.send(t, http.MethodHead, path); head.header.Get("Content-Type") != want {
			t.Errorf("HEAD %s: Content-Type %s, want %s", name, head.header.Get("Content-Type"), want)
		}
	}
}

// The ETag depends on the member and the bundle.
func TestMemberETags(t *testing.T) {
	t.Parallel()
	memberByTag := map[string]string{}
	for _, text := range []string{"one", "two"} {
		c := newServerWithBundle(t, newZip(t, "result.xml", "<results/>", "a.txt", "same", "b.txt", text))
		for _, path := range []string{"9001/bundle/", "9001/bundle/a.txt/", "9001/bundle/b.txt/"} {
			tag := c.send(t, http.MethodHead, path).header.Get("ETag")
			if other, ok := memberByTag[tag]; ok || len(tag) < 66 || tag[0] != '"' {
				t.Errorf("ETag of %s with b.txt %q = %s, want a strong ETag that differs from %q", path, text, tag, other)
			}
			memberByTag[tag] = path + " with b.txt " + text
		}
	}
}

// A member that contradicts the directory of the zip is an error or a broken connection.
func TestDamagedMember(t *testing.T) {
	t.Parallel()
	noise := make([]byte, 300_000)
	rand.NewChaCha8([32]byte{}).Read(noise)
	valid := newRawZip(t, noise, func(*zip.FileHeader) {})
	flipped := bytes.Clone(valid)
	flipped[len(flipped)/2] ^= 1
	for _, tt := range []struct {
		name    string
		content []byte
		status  int
	}{
		{"wrong checksum", newRawZip(t, noise, func(h *zip.FileHeader) { h.CRC32++ }), 200},
		{"longer than declared", newRawZip(t, noise, func(h *zip.FileHeader) { h.UncompressedSize64-- }), 200},
		{"shorter than declared", newRawZip(t, noise, func(h *zip.FileHeader) { h.UncompressedSize64++ }), 200},
		{"flipped bit", flipped, 200},
		{"encrypted", newRawZip(t, noise, func(h *zip.FileHeader) { h.Flags |= 1 }), 500},
		{"unsupported compression method", newRawZip(t, noise, func(h *zip.FileHeader) { h.Method = 12 }), 500},
		{"declared size of a terabyte", newRawZip(t, noise, func(h *zip.FileHeader) { h.UncompressedSize64 = 1 << 40 }), 500},
		{"not a zip file", []byte("PK\x03\x04 is not enough"), 500},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newServerWithBundle(t, tt.content)
			for _, header := range []string{"X-Ignored: y", "Range: bytes=100-"} {
				res := c.send(t, http.MethodGet, "9001/bundle/noise/", header)
				if tt.status == 200 {
					if !errors.Is(res.err, io.ErrUnexpectedEOF) || res.status/100 != 2 {
						t.Errorf("GET with %s = %d, %d bytes, %v, want a broken connection", header, res.status, len(res.body), res.err)
					}
				} else if res.status != tt.status || strings.Contains(res.body, "password") || res.err != nil {
					t.Errorf("GET with %s = %d %q, %v, want %d", header, res.status, res.body, res.err, tt.status)
				}
			}
			if res := c.send(t, http.MethodGet, "9001/bundle/"); res.status != 200 || res.body != string(tt.content) {
				t.Errorf("GET bundle/ = %d, %d bytes, want 200, %d bytes", res.status, len(res.body), len(tt.content))
			}
			if !strings.Contains(c.log.String(), "9001/bundle/noise/") {
				t.Errorf("log = %q, want the path of the damaged member", c.log)
			}
		})
	}
}

// newRawZip returns a zip whose only member is named noise. changeHeader may make the header of the
// member invalid.
func newRawZip(t testing.TB, content []byte, changeHeader func(*zip.FileHeader)) []byte {
	t.Helper()
	var compressed bytes.Buffer
	deflate, err := flate.NewWriter(&compressed, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	_, err = deflate.Write(content)
	if err := errors.Join(err, deflate.Close()); err != nil {
		t.Fatal(err)
	}
	h := &zip.FileHeader{
		Name: "noise", Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(content),
		CompressedSize64: uint64(compressed.Len()), UncompressedSize64: uint64(len(content)),
	}
	changeHeader(h)
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.CreateRaw(h)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Write(compressed.Bytes())
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A memberReader reads and seeks like a file.
func TestMemberReader(t *testing.T) {
	t.Parallel()
	noise := make([]byte, 100_000)
	rand.NewChaCha8([32]byte{1}).Read(noise)
	archive := newRawZip(t, noise, func(*zip.FileHeader) {})
	m := openNoiseMember(t, archive)
	if err := iotest.TestReader(m, noise); err != nil {
		t.Error(err)
	}
	for _, offset := range []int64{99_999, 5, 100_000, 0, 50_000, 60_000} {
		if _, err := m.Seek(offset, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(m); !bytes.Equal(got, noise[offset:]) || err != nil {
			t.Errorf("ReadAll from offset %d = %d bytes, %v, want %d bytes", offset, len(got), err, len(noise)-int(offset))
		}
	}
	if _, err := m.Seek(-1, io.SeekStart); err == nil {
		t.Error("Seek(-1) = nil, want an error")
	}
}

// openNoiseMember opens the member noise of a zip.
func openNoiseMember(t *testing.T, archive []byte) *memberReader {
	t.Helper()
	m, err := openMember(t.Context(), &bundleMetadata{SHA256: new("sum"), MediaType: "application/zip"}, memoryBlob{bytes.NewReader(archive)}, "noise")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// A memoryBlob is a blob in memory.
type memoryBlob struct{ *bytes.Reader }

func (memoryBlob) Close() error { return nil }

// A request for several ranges of a member gets the whole member.
func TestMemberSeveralRanges(t *testing.T) {
	t.Parallel()
	c := newServerWithBundle(t, newZip(t, "result.xml", "<results/>"))
	res := c.send(t, http.MethodGet, "9001/bundle/result.xml/", "Range: bytes=0-1,3-4")
	if res.status != 200 || res.body != "<results/>" {
		t.Errorf("GET of two ranges of a member = %d %q, want 200 and the whole member", res.status, res.body)
	}
	res = c.send(t, http.MethodGet, "9001/bundle/", "Range: bytes=0-1,3-4")
	if res.status != 206 || !strings.HasPrefix(res.header.Get("Content-Type"), "multipart/byteranges") {
		t.Errorf("GET of two ranges of a bundle = %d %s, want 206 multipart/byteranges", res.status, res.header.Get("Content-Type"))
	}
}
