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
	Name     string    // as the zip's directory has it, with "/" between folders
	Size     int64     // unpacked size in bytes, as declared: reading checks it
	CRC32    uint32    // of the unpacked bytes, as declared; 0 for plain XML
	Modified time.Time // zero when the zip does not say
}

func memberOf(f *zip.File) Member {
	return Member{Name: f.Name, Size: int64(min(f.UncompressedSize64, 1<<62)), CRC32: f.CRC32, Modified: f.Modified}
}

// Open returns the content of the member of exactly that name. A member over
// the limits of size or ratio is refused here; a reader never gives more than
// the declared size, and ends with an [*Error] instead of io.EOF when the
// content is not what the directory declares. An absent member is
// [ErrNoMember].
func (a *Archive) Open(name string) (io.ReadCloser, Member, error) {
	i, ok := a.byName[name]
	if !ok {
		return nil, Member{}, &Error{Member: name, Reason: "there is no such file in the bundle", Err: ErrNoMember}
	}
	m := a.members[i]
	if a.format == FormatXML {
		return io.NopCloser(&memberReader{io.NopCloser(io.NewSectionReader(a.src, 0, a.src.size)), m}), m, nil
	}
	if reason := a.tooLarge(a.files[i]); reason != "" {
		return nil, m, &Error{Member: name, Reason: reason}
	}
	rc, err := a.files[i].Open()
	if err != nil {
		return nil, m, m.damaged(err)
	}
	return &memberReader{rc, m}, m, nil
}

// tooLarge says why a member may not be unpacked, or "". Declared sizes are
// enough to judge by: archive/zip stops at either of them.
func (a *Archive) tooLarge(f *zip.File) string {
	packed, size := f.CompressedSize64, f.UncompressedSize64
	switch {
	case f.Flags&1 != 0:
		return "the file is encrypted; pack the bundle without a password"
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return fmt.Sprintf("the file is packed with method %d; only deflate is read", f.Method)
	case size > uint64(a.lim.MemberBytes):
		return fmt.Sprintf("the file unpacks to %d bytes, the limit is %d", size, a.lim.MemberBytes)
	case size > uint64(a.lim.RatioFrom) && size/uint64(a.lim.Ratio) > packed:
		return fmt.Sprintf("the file unpacks from %d to %d bytes, the limit is %d to 1", packed, size, a.lim.Ratio)
	}
	return ""
}

// memberReader words the failures of reading one member.
type memberReader struct {
	io.ReadCloser
	member Member
}

func (r *memberReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = r.member.damaged(err)
	}
	return n, err
}

// damaged makes an Error of what archive/zip found wrong with a member.
func (m Member) damaged(err error) error {
	if cause := failedRead(err); cause != nil {
		return cause
	}
	reason := "the file is damaged"
	switch {
	case errors.Is(err, zip.ErrChecksum):
		reason = "the file is damaged: its checksum does not fit"
	case errors.Is(err, zip.ErrFormat):
		reason = fmt.Sprintf("the file is damaged: it unpacks to more than the %d bytes that it declares", m.Size)
	case errors.Is(err, io.ErrUnexpectedEOF):
		reason = fmt.Sprintf("the file is cut off before the %d bytes that it declares", m.Size)
	}
	return &Error{Member: m.Name, Reason: reason, Err: err}
}
