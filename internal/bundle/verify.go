package bundle

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
)

// Verify reads every member of the bundle and compares attachments with the
// sizes and known hashes in the XML. It returns an [*Error] for the first
// member that differs, is damaged or exceeds the limits, and when two files
// share a name, because readers disagree which of them counts. A missing
// attachment is an error too, except in results, because basic bundles omit
// attachments. Verify stops when ctx ends.
func (b *Bundle) Verify(ctx context.Context) error {
	if b.duplicateName != "" {
		return &Error{Member: b.duplicateName, Reason: "the zip has two files of this name"}
	}
	verified := map[string]bool{b.xmlName: true}
	for _, f := range b.attachments {
		err := b.verifyFile(ctx, f)
		if errors.Is(err, ErrNoMember) && (b.kind == KindResults || b.kind == KindTestResult) {
			continue
		}
		if err != nil {
			return err
		}
		verified[f.Path] = true
	}
	for _, m := range b.Members() {
		if verified[m.Name] {
			continue
		}
		if err := b.verifyFile(ctx, File{Path: m.Name, Size: -1}); err != nil {
			return err
		}
	}
	return nil
}

func (b *Bundle) verifyFile(ctx context.Context, f File) error {
	r, m, err := b.Open(f.Path)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }() // reading reports every error
	if f.Size >= 0 && f.Size != m.Size {
		return b.mismatch(f, "the file has %d bytes; %s says %d", m.Size, b.xmlName, f.Size)
	}
	sums := make([]hash.Hash, len(f.Hashes))
	writers := []io.Writer{io.Discard}
	for i, h := range f.Hashes {
		sums[i] = newHash(h.Algorithm)
		writers = append(writers, sums[i])
	}
	if _, err := io.Copy(io.MultiWriter(writers...), contextReader{ctx, r}); err != nil {
		return err
	}
	for i, h := range f.Hashes {
		if got := hex.EncodeToString(sums[i].Sum(nil)); got != h.Digest {
			return b.mismatch(f, "the %s of the file is %s; %s says %s", h.Algorithm, got, b.xmlName, printable(h.Digest))
		}
	}
	return nil
}

// mismatch returns an Error about an attachment that differs from the XML.
func (b *Bundle) mismatch(f File, format string, args ...any) *Error {
	return &Error{Member: f.Path, Reason: fmt.Sprintf(format, args...) + fmt.Sprintf(" on line %d", f.Line)}
}

// contextReader is a reader that fails once its context ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, &readError{err}
	}
	return c.r.Read(p)
}
