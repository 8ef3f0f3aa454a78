package bundle

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"time"
)

// Member is one file inside a bundle.
type Member struct {
	Name     string    // as in the zip's directory, with "/" between folders
	Size     int64     // declared unpacked size in bytes, which reading checks
	CRC32    uint32    // declared checksum of the unpacked bytes; 0 for plain XML
	Modified time.Time // zero when the zip does not have it
}

func newMember(f *zip.File) Member {
	return Member{Name: f.Name, Size: int64(min(f.UncompressedSize64, 1<<62)), CRC32: f.CRC32, Modified: f.Modified}
}

// Open returns the content of the member with exactly this name, or
// [ErrNoMember]. It rejects members that exceed the limits of size or ratio.
// The reader returns at most the declared size; it fails with an [*Error]
// instead of io.EOF when the content differs from the declared size or
// checksum.
func (a *Archive) Open(name string) (io.ReadCloser, Member, error) {
	i, ok := a.byName[name]
	if !ok {
		return nil, Member{}, &Error{Member: name, Reason: "there is no such file in the bundle", Err: ErrNoMember}
	}
	m := a.members[i]
	if a.format == FormatXML {
		return io.NopCloser(&memberReader{io.NopCloser(io.NewSectionReader(a.source, 0, a.source.size)), m}), m, nil
	}
	if reason := a.unpackProblem(a.files[i]); reason != "" {
		return nil, m, &Error{Member: name, Reason: reason}
	}
	rc, err := a.files[i].Open()
	if err != nil {
		return nil, m, m.damageError(err)
	}
	return &memberReader{rc, m}, m, nil
}

// unpackProblem returns the reason why a member must not be unpacked, or "". It
// can rely on the declared sizes, because archive/zip enforces both.
func (a *Archive) unpackProblem(f *zip.File) string {
	packed, size := f.CompressedSize64, f.UncompressedSize64
	switch {
	case f.Flags&1 != 0:
		return "the file is encrypted; pack the bundle without a password"
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return fmt.Sprintf("the file is packed with method %d; only deflate is supported", f.Method)
	case size > uint64(a.limits.MemberBytes):
		return fmt.Sprintf("the file unpacks to %d bytes, the limit is %d", size, a.limits.MemberBytes)
	case size > uint64(a.limits.RatioExemptBytes) && size/uint64(a.limits.Ratio) > packed:
		return fmt.Sprintf("the file unpacks from %d to %d bytes, the limit is %d to 1", packed, size, a.limits.Ratio)
	}
	return ""
}

// memberReader turns read failures of a member into an Error.
type memberReader struct {
	io.ReadCloser
	member Member
}

func (r *memberReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = r.member.damageError(err)
	}
	return n, err
}

// damageError converts a failure of archive/zip to an Error about the member.
func (m Member) damageError(err error) error {
	if cause := readFailure(err); cause != nil {
		return cause
	}
	reason := "the file is damaged"
	switch {
	case errors.Is(err, zip.ErrChecksum):
		reason = "the file is damaged: its checksum does not match"
	case errors.Is(err, zip.ErrFormat):
		reason = fmt.Sprintf("the file is damaged: it unpacks to more than the %d bytes that it declares", m.Size)
	case errors.Is(err, io.ErrUnexpectedEOF):
		reason = fmt.Sprintf("the file is cut off before the %d bytes that it declares", m.Size)
	}
	return &Error{Member: m.Name, Reason: reason, Err: err}
}
