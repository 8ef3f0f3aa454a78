package importer

import (
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

// countLines counts the lines of the manifest, finds the last line of each type, and
// rejects the lines of unknown types.
func (r *run) countLines(ctx context.Context) error {
	r.lastLine = map[string]int{}
	rejected := 0
	err := r.eachLine(ctx, func(l line) error {
		r.progress.Total++
		if typ := lineType(l); typ != "" {
			r.lastLine[typ] = l.number
		} else {
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
	lines := newLineReader(file)
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
