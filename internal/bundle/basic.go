package bundle

import (
	"archive/zip"
	"fmt"
	"io"
)

// HasAttachmentLargerThan reports whether an attachment has more than maxBytes
// bytes.
func (b *Bundle) HasAttachmentLargerThan(maxBytes int64) bool {
	for i := range b.members {
		if b.isLargeAttachment(i, maxBytes) {
			return true
		}
	}
	return false
}

// WriteBasic writes a basic bundle: the zip without the attachments of more
// than maxBytes bytes, which the XML still names. It copies the other members
// without repacking them.
func (b *Bundle) WriteBasic(w io.Writer, maxBytes int64) error {
	out := zip.NewWriter(w)
	for i, f := range b.files {
		if b.isLargeAttachment(i, maxBytes) {
			continue
		}
		if err := out.Copy(f); err != nil {
			return fmt.Errorf("copy %s: %w", printable(f.Name), err)
		}
	}
	return out.Close()
}

func (b *Bundle) isLargeAttachment(i int, maxBytes int64) bool {
	return b.format == FormatZip && b.members[i].Name != b.xmlName && b.members[i].Size > maxBytes
}
