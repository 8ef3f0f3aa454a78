package importer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// Manifest is the name of the manifest of an import folder. It holds one JSON object per
// line.
const Manifest = "manifest.jsonl"

// openManifest opens the manifest.
func (r *run) openManifest() (fs.File, error) {
	f, err := r.files.Open(Manifest)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the import folder has no %s", Manifest)
	}
	if err != nil {
		return nil, fmt.Errorf("open the manifest: %w", err)
	}
	return f, nil
}

// readHeader reads the first line of the manifest, if it has the type export.
func (r *run) readHeader() error {
	file, err := r.openManifest()
	if err != nil {
		return err
	}
	defer file.Close()
	l, err := newLineReader(file, maxLineBytes).next()
	if err == nil && lineType(l) == TypeExport {
		r.header = bytes.Clone(l.text)
	}
	if err == io.EOF {
		return nil
	}
	return err
}

// countLines counts the lines of the manifest, finds the last line of each type, and
// rejects the lines of unknown types.
func (r *run) countLines(ctx context.Context) error {
	r.lastLine = map[string]int{}
	rejected := 0
	err := r.eachLine(ctx, func(l line) error {
		r.progress.Total++
		switch typ := lineType(l); {
		case typ == TypeExport && bytes.Equal(l.text, r.header):
		case typ != "" && typ != TypeExport:
			r.lastLine[typ] = l.number
		default:
			r.reject("", l, typeError(l))
			rejected++
		}
		return nil
	})
	if err == nil {
		r.addProgress(rejected)
	}
	return err
}

// eachLine calls f with every line, whose text is valid until f returns. It stops without
// an error when f returns io.EOF.
func (r *run) eachLine(ctx context.Context, f func(line) error) error {
	file, err := r.openManifest()
	if err != nil {
		return err
	}
	defer file.Close()
	lines := newLineReader(file, maxLineBytes)
	if r.header != nil {
		lines.maxBytes = maxExportLineBytes
	}
	for {
		l, err := lines.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %s after line %d: %w", Manifest, lines.number, err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f(l); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}
