package bundle

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
)

// Archive is a bundle as a list of named members, its content unread. It
// stays valid as long as its reader does and may be used by several
// goroutines at once. Nothing is ever unpacked to disk.
type Archive struct {
	src     *source
	lim     Limits
	format  Format
	members []Member
	byName  map[string]int
	files   []*zip.File // as members; none for plain XML
	twice   string      // a name that the zip has for two files; "" is none
}

// OpenArchive lists the members of the bundle that r holds in its first size
// bytes. It reads the directory of a zip and not its content, and of plain
// XML no more than the root element, which decides the member's name. Failures
// are an [*Error], or the reader's own.
func OpenArchive(r io.ReaderAt, size int64, lim Limits) (*Archive, error) {
	a, err := newArchive(r, size, lim)
	if err == nil && a.format == FormatXML {
		_, err = a.plain()
	}
	if err != nil {
		return nil, err
	}
	return a, nil
}

// newArchive tells zip from XML by the first bytes. Plain XML has no members
// until its document is found.
func newArchive(r io.ReaderAt, size int64, lim Limits) (*Archive, error) {
	a := &Archive{src: &source{r: r, size: size}, lim: lim.orDefault()}
	switch {
	case size <= 0:
		return nil, refuse("the bundle is empty")
	case size > a.lim.Bytes:
		return nil, refuse("the bundle has %d bytes, the limit is %d", size, a.lim.Bytes)
	}
	head := make([]byte, min(size, 512))
	if n, err := a.src.ReadAt(head, 0); n < len(head) {
		if cause := failedRead(err); cause != nil {
			return nil, cause
		}
		return nil, refuse("the bundle ends after %d of %d bytes", n, size)
	}
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		a.format = FormatZip
		return a, a.list()
	case looksLikeXML(head):
		a.format = FormatXML
		return a, nil
	case bytes.HasPrefix(head, []byte{0xFE, 0xFF}), bytes.HasPrefix(head, []byte{0xFF, 0xFE}):
		return nil, refuse("the XML is UTF-16; save it as UTF-8")
	}
	return nil, refuse("the bundle is neither a zip file nor XML")
}

// looksLikeXML reports whether the first thing after blanks is a tag.
func looksLikeXML(head []byte) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\uFEFF")), " \t\r\n")
	return bytes.HasPrefix(head, []byte("<"))
}

// list reads the directory of a zip and keeps what are members: regular
// files, the first of each name.
func (a *Archive) list() error {
	a.src.metered, a.src.left = true, a.lim.Directory
	z, err := zip.NewReader(a.src, a.src.size)
	a.src.metered = false
	switch cause := failedRead(err); {
	case cause != nil:
		return cause
	case errors.Is(err, errDirectory):
		return refuse("the zip's directory is over %d bytes: too many files, or their names are too long", a.lim.Directory)
	case err != nil:
		return &Error{Reason: "the zip file is damaged or cut off", Err: err}
	case len(z.File) > a.lim.Members:
		return refuse("the zip holds %d files, the limit is %d", len(z.File), a.lim.Members)
	}
	if overlapping(z.File, a.src.size) {
		return refuse("the zip's files overlap: together they claim more bytes than the zip has")
	}
	a.byName = make(map[string]int, len(z.File))
	for _, f := range z.File {
		if reason := badPath(f.Name, a.lim.PathBytes); reason != "" {
			return &Error{Member: f.Name, Reason: reason}
		}
		if !f.Mode().IsRegular() {
			continue
		}
		if _, twice := a.byName[f.Name]; twice {
			a.twice = f.Name
			continue
		}
		a.byName[f.Name] = len(a.members)
		a.members = append(a.members, memberOf(f))
		a.files = append(a.files, f)
	}
	return nil
}

// overlapping reports whether the entries claim more than size bytes. A zip
// can be small and yet unpack to terabytes only when many entries share the
// same packed bytes.
func overlapping(files []*zip.File, size int64) bool {
	const headers = 30 + 46 // in front of the data, and in the directory
	left := uint64(size)
	for _, f := range files {
		fixed := uint64(headers + 2*len(f.Name) + len(f.Extra) + len(f.Comment))
		if left < fixed || left-fixed < f.CompressedSize64 {
			return true
		}
		left -= fixed + f.CompressedSize64
	}
	return false
}

// Format says whether the bundle is a zip or plain XML.
func (a *Archive) Format() Format { return a.format }

// Members lists the members in the order of the zip's directory. Folders,
// symbolic links and other special entries are no members, and of several
// entries of one name only the first is. A plain XML bundle has one member,
// named as its XML would be in a zip. The caller must not change the list.
func (a *Archive) Members() []Member { return a.members }
