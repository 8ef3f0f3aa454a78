package demo

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
)

// WriteZip writes a data set as one zip that can be imported. It does not
// compress the files again.
func WriteZip(ctx context.Context, w io.Writer, options Options) error {
	z := zip.NewWriter(w)
	for name, content := range Files(options) {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("write demo data: %w", err)
		}
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: modifiedTime})
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
