package demo

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
)

// WriteZip writes a data set as one zip to import, its files stored as they
// are. A zip.Reader of it is an fs.FS, for who wants no files on disk.
func WriteZip(ctx context.Context, w io.Writer, opt Options) error {
	z := zip.NewWriter(w)
	for name, content := range Files(opt) {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("write demo data: %w", err)
		}
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: packed})
		if err == nil {
			_, err = f.Write(content)
		}
		if err != nil {
			return fmt.Errorf("write demo data: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write demo data: %w", err)
	}
	return nil
}
