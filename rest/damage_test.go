package rest

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/db"
)

// damage changes the file of a bundle.
func (c *testServer) damage(t *testing.T, b *db.Bundle, change func(content []byte) []byte) {
	t.Helper()
	path := filepath.Join(c.folder, "sha256", (*b.SHA256)[:2], (*b.SHA256)[2:])
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, change(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func cutOff(content []byte) []byte { return content[:len(content)-1] }

// flipBit changes a bit in the middle of the content, which is in the data of its largest file.
func flipBit(content []byte) []byte {
	content[len(content)/2] ^= 1
	return content
}

// A damaged file is never downloaded in full: a file of the wrong size is 503, and the connection of a
// file with the wrong content ends before the last bytes. The log has its digest. Uploading the content
// again repairs it.
func TestDamagedDownload(t *testing.T) {
	t.Parallel()
	noise := make([]byte, 500_000) // longer than a buffer, also when it is packed
	rand.NewChaCha8([32]byte{}).Read(noise)
	long := hex.EncodeToString(noise)
	for name, tt := range map[string]struct {
		kind     db.BundleKind
		file     string
		content  []byte
		path     string
		damage   func([]byte) []byte
		status   int
		aborted  bool
		rangeToo bool // the damage shows in a range
	}{
		"cut off":             {db.BundleBasic, "result.xml", []byte("<results>" + long + "</results>"), "9001/basic_bundle/", cutOff, 503, false, true},
		"empty":               {db.BundleBasic, "result.xml", []byte("<results>" + long + "</results>"), "9001/basic_bundle/", func([]byte) []byte { return nil }, 503, false, true},
		"changed":             {db.BundleBasic, "result.xml", []byte("<results>" + long + "</results>"), "9001/basic_bundle/", flipBit, 200, true, false},
		"changed plain XML":   {db.BundleBasic, "result.xml", []byte("<results>" + long + "</results>"), "9001/basic_bundle/result.xml/", flipBit, 503, false, true},
		"cut-off zip":         {db.BundleFull, "result.zip", newZip(t, "result.xml", "<results/>", "long.txt", long), "9001/full_bundle/long.txt/", cutOff, 503, false, true},
		"changed zip":         {db.BundleFull, "result.zip", newZip(t, "result.xml", "<results/>", "long.txt", long), "9001/full_bundle/", flipBit, 200, true, false},
		"changed zip, a file": {db.BundleFull, "result.zip", newZip(t, "result.xml", "<results/>", "long.txt", long), "9001/full_bundle/long.txt/", flipBit, 200, true, false},
		"broken zip, a file":  {db.BundleFull, "result.zip", newZip(t, "result.xml", "<results/>", "long.txt", long), "9001/full_bundle/long.txt/", func(b []byte) []byte { return bytes.Repeat([]byte{0}, len(b)) }, 503, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newTestServer(t, openStore(t))
			b := c.storeBundle(t, tt.kind, tt.file, tt.content)
			item := c.result(c.createStudents(t, "Ada")[0], 1)
			item.Bundles = []*db.Bundle{b}
			c.insertResults(t, item)
			whole := c.send(t, http.MethodGet, tt.path)
			if whole.status != 200 || whole.err != nil {
				t.Fatalf("GET = %d, %v", whole.status, whole.err)
			}
			c.damage(t, b, tt.damage)
			res := c.send(t, http.MethodGet, tt.path)
			if res.status != tt.status || (res.err != nil) != tt.aborted || len(res.body) >= len(whole.body) && tt.aborted {
				t.Errorf("GET of a damaged file = %d with %d of %d bytes, %v; want %d, aborted: %t", res.status, len(res.body), len(whole.body), res.err, tt.status, tt.aborted)
			}
			if log := c.log.String(); !strings.Contains(log, "level=ERROR") || !strings.Contains(log, *b.SHA256) {
				t.Errorf("log = %q, want an error with the digest", log)
			}
			if part := c.send(t, http.MethodGet, tt.path, "Range: bytes=0-1"); (part.status == 503) != tt.rangeToo {
				t.Errorf("GET of a range of a damaged file = %d", part.status)
			}
			c.storeBundle(t, tt.kind, tt.file, tt.content)
			if again := c.send(t, http.MethodGet, tt.path); again.body != whole.body || again.err != nil {
				t.Errorf("GET of a repaired file = %d, %v", again.status, again.err)
			}
		})
	}
}
