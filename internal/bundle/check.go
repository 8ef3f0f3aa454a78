package bundle

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
)

// Check reads every attachment that the XML names and compares its size and
// its known hashes with what the XML says, and reads what else the bundle
// holds: a reader of it will meet nothing that is damaged or over the limits,
// and no name of two files, of which readers take one or the other.
// It stops at the first that differs, with an [*Error], and when ctx ends. An
// attachment that the bundle does not hold is an error too, except in results:
// a basic bundle leaves them out.
func (b *Bundle) Check(ctx context.Context) error {
	if b.twice != "" {
		return &Error{Member: b.twice, Reason: "the zip has two files of this name"}
	}
	read := map[string]bool{b.name: true}
	for _, f := range b.attachments {
		err := b.checkFile(ctx, f)
		if errors.Is(err, ErrNoMember) && (b.kind == KindResults || b.kind == KindTestResult) {
			continue
		}
		if err != nil {
			return err
		}
		read[f.Path] = true
	}
	for _, m := range b.Members() {
		if read[m.Name] {
			continue
		}
		if err := b.checkFile(ctx, File{Path: m.Name, Size: -1}); err != nil {
			return err
		}
	}
	return nil
}

func (b *Bundle) checkFile(ctx context.Context, f File) error {
	r, m, err := b.Open(f.Path)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }() // nothing is lost: the content was read
	if f.Size >= 0 && f.Size != m.Size {
		return b.differs(f, "the file has %d bytes; %s says %d", m.Size, b.name, f.Size)
	}
	sums := make([]hash.Hash, len(f.Hashes))
	writers := []io.Writer{io.Discard}
	for i, h := range f.Hashes {
		sums[i] = newHash(h.Algorithm)
		writers = append(writers, sums[i])
	}
	if _, err := io.Copy(io.MultiWriter(writers...), interruptible{ctx, r}); err != nil {
		return err
	}
	for i, h := range f.Hashes {
		if got := hex.EncodeToString(sums[i].Sum(nil)); got != h.Digest {
			return b.differs(f, "the %s of the file is %s; %s says %s", h.Algorithm, got, b.name, shown(h.Digest))
		}
	}
	return nil
}

// differs makes an Error about an attachment that is not as the XML says.
func (b *Bundle) differs(f File, format string, args ...any) *Error {
	return &Error{Member: f.Path, Reason: fmt.Sprintf(format, args...) + fmt.Sprintf(" on line %d", f.Line)}
}

// interruptible is a reader that ends when its context does.
type interruptible struct {
	ctx context.Context
	r   io.Reader
}

func (i interruptible) Read(p []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	return i.r.Read(p)
}
