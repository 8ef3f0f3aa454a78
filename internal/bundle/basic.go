package bundle

import (
	"archive/zip"
	"fmt"
	"io"
)

// HasLarger tells whether the bundle has an attachment of more than so many bytes.
func (b *Bundle) HasLarger(most int64) bool {
	for i := range b.members {
		if b.leaves(i, most) {
			return true
		}
	}
	return false
}

// WriteBasic writes a zip without the attachments that have more than so many bytes, which
// the XML still names: the basic bundle of results. What stays is copied as it is packed.
func (b *Bundle) WriteBasic(w io.Writer, most int64) error {
	out := zip.NewWriter(w)
	for i, f := range b.files {
		if b.leaves(i, most) {
			continue
		}
		if err := out.Copy(f); err != nil {
			return fmt.Errorf("copy %s: %w", shown(f.Name), err)
		}
	}
	return out.Close()
}

func (b *Bundle) leaves(i int, most int64) bool {
	return b.format == FormatZip && b.members[i].Name != b.name && b.members[i].Size > most
}
