package bundle

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"strings"
	"testing"
)

// makeZip returns a zip of files; names and contents alternate.
func makeZip(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, files[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// makeRawZip returns a zip with result.xml, unless xml is empty, and one file
// with an arbitrary header.
func makeRawZip(t testing.TB, xml string, h *zip.FileHeader, packed []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if xml != "" {
		f, err := w.Create("result.xml")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, xml); err != nil {
			t.Fatal(err)
		}
	}
	f, err := w.CreateRaw(h)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(packed); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestOpenFindsXMLInZip(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		files []string
		xml   string
		kind  Kind
	}{
		{"a default name", []string{"product.xml", "<product/>"}, "product.xml", KindProduct},
		{"the second kind of a default name", []string{"result.xml", "<testresult/>"}, "result.xml", KindTestResult},
		{"the order of kinds", []string{"result.xml", "<results/>", "recipe.xml", "<recipe/>"}, "recipe.xml", KindRecipe},
		{"a default name with another root", []string{"config.xml", "<html/>", "product.xml", "<product/>"}, "product.xml", KindProduct},
		{"a student's broken file beside it", []string{"config.xml", "<conf", "product.xml", "<product/>"}, "product.xml", KindProduct},
		{"any name", []string{"pom.xml", "<project/>", "mine.XML", "<config/>"}, "mine.XML", KindConfig},
		{"a default name of another kind", []string{"recipe.xml", "<config/>"}, "recipe.xml", KindConfig},
	} {
		b, err := openBundle(makeZip(t, tt.files...))
		if err != nil {
			t.Errorf("%s: Open = %v", tt.name, err)
			continue
		}
		if b.XMLName() != tt.xml || b.Kind() != tt.kind {
			t.Errorf("%s: Open = %s, %s, want %s, %s", tt.name, b.XMLName(), b.Kind(), tt.xml, tt.kind)
		}
	}
}

func TestOpenRejectsInvalidZip(t *testing.T) {
	t.Parallel()
	valid := makeZip(t, "result.xml", "<results/>", "a.txt", strings.Repeat("a", 1000))
	for _, tt := range []struct {
		name, want string
		zip        []byte
	}{
		{"the XML in a folder", "no recipe.xml, config.xml, product.xml or result.xml in its root; it has hw1/recipe.xml", makeZip(t, "hw1/recipe.xml", "<recipe/>")},
		{"no XML", "result.xml in its root", makeZip(t, "a.txt", "a")},
		{"no file", "result.xml in its root", makeZip(t)},
		{"broken XML", "recipe.xml line 2: element <a> closed by </steps>; <a> was opened on line 1", makeZip(t, "recipe.xml", "<recipe><steps><a>\n</steps></recipe>")},
		{"a truncated zip", "damaged or cut off", valid[:len(valid)-30]},
		{"a path out of the bundle", `a/../../x: the name holds ".."`, makeZip(t, "result.xml", "<results/>", "a/../../x", "")},
		{"an absolute name", `the name starts with "/"`, makeZip(t, "/etc/passwd", "")},
		{"a backslash", "backslash", makeZip(t, `a\b`, "")},
		{"a NUL", `"a\x00b": the name holds a NUL`, makeZip(t, "a\x00b", "")},
		{"no UTF-8", "not UTF-8", makeZip(t, "a\xffb", "")},
		{"a long name", "too long", makeZip(t, strings.Repeat("a", 1025), "")},
		{"no name", "the name is empty", makeZip(t, "", "")},
		{"an XML of 200 MB of zeros", "the file unpacks from", zipBomb(t, "", "result.xml")},
		{"an XML with a wrong checksum", "result.xml: the file is damaged: its checksum", makeRawZip(t, "", &zip.FileHeader{
			Name: "result.xml", Method: zip.Store, CompressedSize64: 10, UncompressedSize64: 10, CRC32: 1,
		}, []byte("<results/>"))},
		{"overlapping files", "the zip's files overlap", repeatLastEntry(t, valid, 500)},
		{"an endless directory", "the zip's directory is over 4194304 bytes", repeatLastEntry(t, valid, 1<<17+2)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := openBundle(tt.zip)
			wantError(t, "Open", err, tt.want)
		})
	}
}

func TestZipLimits(t *testing.T) {
	t.Parallel()
	data := makeZip(t, "result.xml", "<results/>"+strings.Repeat(" ", 990), "a", "hello", "bb", "")
	for _, tt := range []struct {
		lim  Limits
		want string
	}{
		{Limits{Members: 2}, "the zip holds 3 files, the limit is 2"},
		{Limits{DirectoryBytes: 300}, "the zip's directory is over 300 bytes"},
		{Limits{PathBytes: 9}, "result.xml: the name is too long"},
		{Limits{MemberBytes: 999}, "result.xml: the file unpacks to 1000 bytes, the limit is 999"},
		{Limits{RatioExemptBytes: 999, Ratio: 2}, "the file unpacks from"},
	} {
		_, err := Open(context.Background(), bytes.NewReader(data), int64(len(data)), tt.lim)
		wantError(t, fmt.Sprintf("Open(%+v)", tt.lim), err, tt.want)
	}
	if _, err := Open(context.Background(), bytes.NewReader(data), int64(len(data)), Limits{Members: 3, PathBytes: 10, MemberBytes: 1000, RatioExemptBytes: 1000, Ratio: 2}); err != nil {
		t.Errorf("Open within its limits = %v, want nil", err)
	}
}

// zerosFile returns a compressed file of zeros. It compresses one megabyte and
// repeats the block, because deflate allows to repeat a flushed block.
func zerosFile(t testing.TB, name string, megabytes int) (*zip.FileHeader, []byte) {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	packed := bytes.Repeat(b.Bytes(), megabytes)
	packed = append(packed, 3, 0) // the last block, empty
	return &zip.FileHeader{
		Name: name, Method: zip.Deflate,
		CompressedSize64: uint64(len(packed)), UncompressedSize64: uint64(megabytes) << 20,
	}, packed
}

// zipBomb returns a zip of 200 MB of zeros, and of result.xml unless xml is
// empty.
func zipBomb(t testing.TB, xml, name string) []byte {
	t.Helper()
	h, packed := zerosFile(t, name, 200)
	return makeRawZip(t, xml, h, packed)
}

// repeatLastEntry repeats the last entry of a zip's directory, so that many
// names share the same packed bytes. The count in the directory's end record
// has 16 bits and stays correct modulo 2^16.
func repeatLastEntry(t testing.TB, data []byte, times int) []byte {
	t.Helper()
	last := bytes.LastIndex(data, []byte("PK\x01\x02"))
	end := bytes.LastIndex(data, []byte("PK\x05\x06"))
	if last < 0 || end < last {
		t.Fatal("repeatLastEntry: no directory")
	}
	entry, tail := data[last:end], bytes.Clone(data[end:])
	first := bytes.Index(data, []byte("PK\x01\x02"))
	out := bytes.Clone(data[:end])
	out = append(out, bytes.Repeat(entry, times)...)
	binary.LittleEndian.PutUint16(tail[8:], uint16(2+times))
	binary.LittleEndian.PutUint16(tail[10:], uint16(2+times))
	binary.LittleEndian.PutUint32(tail[12:], uint32(len(out)-first))
	return append(out, tail...)
}

func TestOpenRejectsInvalidMember(t *testing.T) {
	t.Parallel()
	stored := func(change func(h *zip.FileHeader)) []byte {
		h := &zip.FileHeader{Name: "x", Method: zip.Store, CompressedSize64: 5, UncompressedSize64: 5, CRC32: crc32.ChecksumIEEE([]byte("hello"))}
		change(h)
		return makeRawZip(t, "<results/>", h, []byte("hello"))
	}
	for _, tt := range []struct {
		name, want string
		zip        []byte
	}{
		{"zeros", "x: the file unpacks from", zipBomb(t, "<results/>", "x")},
		{"more than declared", "x: the file is damaged: it unpacks to more than the 4 bytes", stored(func(h *zip.FileHeader) { h.UncompressedSize64 = 4 })},
		{"less than declared", "x: the file is cut off before the 6 bytes", stored(func(h *zip.FileHeader) { h.UncompressedSize64 = 6 })},
		{"a wrong checksum", "x: the file is damaged: its checksum", stored(func(h *zip.FileHeader) { h.CRC32++ })},
		{"a password", "x: the file is encrypted", stored(func(h *zip.FileHeader) { h.Flags |= 1 })},
		{"another method", "x: the file is packed with method 12", stored(func(h *zip.FileHeader) { h.Method = 12 })},
		{"no deflate", "x: the file is damaged", stored(func(h *zip.FileHeader) { h.Method = zip.Deflate })},
		{"a declared terabyte", "the limit is 268435456", stored(func(h *zip.FileHeader) { h.UncompressedSize64 = 1 << 40 })},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b, err := openBundle(tt.zip)
			if err != nil {
				t.Fatal(err)
			}
			r, _, err := b.Open("x")
			if err == nil {
				_, err = io.Copy(io.Discard, r)
			}
			wantError(t, "reading x", err, tt.want)
		})
	}
}

// A small file may have any ratio, because the output of an endless loop is
// very compressible.
func TestRatioOfSmallMembers(t *testing.T) {
	t.Parallel()
	h, packed := zerosFile(t, "x", 16)
	b, err := openBundle(makeRawZip(t, "<results/>", h, packed))
	if err != nil {
		t.Fatal(err)
	}
	r, _, err := b.Open("x")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, r); n != 16<<20 || err != nil {
		t.Errorf("reading x = %d bytes, %v, want 16 MB", n, err)
	}
}

// Folders and links are not members; when files share a name, the first is.
func TestSpecialEntriesAreNotMembers(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range []struct {
		name, content string
		mode          fs.FileMode
	}{
		{"dir/", "", fs.ModeDir | 0o755},
		{"result.xml", "<results id='first'/>", 0o644},
		{"result.xml", "<results id='second'/>", 0o644},
		{"link", "/etc/passwd", fs.ModeSymlink | 0o777},
		{"pipe", "", fs.ModeNamedPipe | 0o644},
		{"dir/a b.txt", "", 0o600},
	} {
		h := &zip.FileHeader{Name: e.name, Method: zip.Store}
		h.SetMode(e.mode)
		f, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, e.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	bundle, err := openBundle(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := memberNames(bundle.Members()), "result.xml dir/a b.txt"; got != want || bundle.Results().ID != "first" {
		t.Errorf("Members() = %s and id %s, want %s and first", got, bundle.Results().ID, want)
	}
	if _, _, err := bundle.Open("link"); !errors.Is(err, ErrNoMember) {
		t.Errorf("Open(link) = %v, want ErrNoMember", err)
	}
}
