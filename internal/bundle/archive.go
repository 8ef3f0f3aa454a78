package bundle

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
)

// Archive lists the members of a bundle and opens them. It stays valid as long
// as its reader does and is safe for concurrent use. It never unpacks to disk.
type Archive struct {
	source        *fileReader
	limits        Limits
	format        Format
	members       []Member
	byName        map[string]int
	files         []*zip.File // parallel to members; nil for plain XML
	duplicateName string      // a name that two files of the zip share, or ""
}

// OpenArchive lists the members of the bundle in the first size bytes of r. It
// reads only the directory of a zip and only the root element of plain XML,
// which decides the name of the member. It returns an [*Error] for an invalid
// bundle, and the error of r when reading fails. It stops when ctx ends.
func OpenArchive(ctx context.Context, r io.ReaderAt, size int64, limits Limits) (*Archive, error) {
	a, err := newArchive(r, size, limits)
	if err == nil && a.format == FormatXML {
		_, err = a.plainDocument(ctx)
	}
	if err != nil {
		return nil, err
	}
	return a, nil
}

// newArchive detects the format by the first bytes. Plain XML has no members
// until plainDocument has run.
func newArchive(r io.ReaderAt, size int64, limits Limits) (*Archive, error) {
	a := &Archive{source: &fileReader{file: r, size: size}, limits: limits.withDefaults()}
	switch {
	case size <= 0:
		return nil, errorf("the bundle is empty")
	case size > a.limits.Bytes:
		return nil, errorf("the bundle has %d bytes, the limit is %d", size, a.limits.Bytes)
	}
	head := make([]byte, min(size, 512))
	if n, err := a.source.ReadAt(head, 0); n < len(head) {
		if cause := readFailure(err); cause != nil {
			return nil, cause
		}
		return nil, errorf("the bundle ends after %d of %d bytes", n, size)
	}
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		a.format = FormatZip
		return a, a.readDirectory()
	case looksLikeXML(head):
		a.format = FormatXML
		return a, nil
	case bytes.HasPrefix(head, []byte{0xFE, 0xFF}), bytes.HasPrefix(head, []byte{0xFF, 0xFE}):
		return nil, errorf("the XML is UTF-16; save it as UTF-8")
	}
	return nil, errorf("the bundle is neither a zip file nor XML")
}

// looksLikeXML reports whether head starts with a tag, after optional white space.
func looksLikeXML(head []byte) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\uFEFF")), " \t\r\n")
	return bytes.HasPrefix(head, []byte("<"))
}

// readDirectory reads the directory of a zip. Its members are the regular
// files; when files share a name, only the first is a member.
func (a *Archive) readDirectory() error {
	a.source.limited, a.source.remaining = true, a.limits.DirectoryBytes
	z, err := zip.NewReader(a.source, a.source.size)
	a.source.limited = false
	switch cause := readFailure(err); {
	case cause != nil:
		return cause
	case errors.Is(err, errDirectoryTooLarge):
		return errorf("the zip's directory is over %d bytes: too many files, or their names are too long", a.limits.DirectoryBytes)
	case err != nil:
		return &Error{Reason: "the zip file is damaged or cut off", Err: err}
	case len(z.File) > a.limits.Members:
		return errorf("the zip holds %d files, the limit is %d", len(z.File), a.limits.Members)
	}
	if entriesOverlap(z.File, a.source.size) {
		return errorf("the zip's files overlap: together they claim more bytes than the zip has")
	}
	a.byName = make(map[string]int, len(z.File))
	for _, f := range z.File {
		if reason := pathProblem(f.Name, a.limits.PathBytes); reason != "" {
			return &Error{Member: f.Name, Reason: reason}
		}
		if !f.Mode().IsRegular() {
			continue
		}
		if _, duplicate := a.byName[f.Name]; duplicate {
			a.duplicateName = f.Name
			continue
		}
		a.byName[f.Name] = len(a.members)
		a.members = append(a.members, newMember(f))
		a.files = append(a.files, f)
	}
	return nil
}

// entriesOverlap reports whether the entries claim more than size bytes. A
// small zip can unpack to terabytes only when many entries share the same
// packed bytes.
func entriesOverlap(files []*zip.File, size int64) bool {
	const headerBytes = 30 + 46 // the local header and the directory entry
	remaining := uint64(size)
	for _, f := range files {
		fixed := uint64(headerBytes + 2*len(f.Name) + len(f.Extra) + len(f.Comment))
		if remaining < fixed || remaining-fixed < f.CompressedSize64 {
			return true
		}
		remaining -= fixed + f.CompressedSize64
	}
	return false
}

// Format returns the format of the bundle: zip or plain XML.
func (a *Archive) Format() Format { return a.format }

// Members lists the members in the order of the zip's directory. Folders,
// symbolic links and other special entries are not members; when entries share
// a name, only the first is. A plain XML bundle has one member, which has the
// name that its XML would have in a zip. The caller must not change the list.
func (a *Archive) Members() []Member { return a.members }
