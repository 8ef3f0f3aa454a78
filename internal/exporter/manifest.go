package exporter

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/momotor/resultgraph/internal/importer"
)

// A manifest is a manifest that is being written. The id of the export is the SHA-256 of all lines but the
// first one, so that exports of the same data are equal.
type manifest struct {
	path      string
	file      *os.File
	hash      hash.Hash
	buffer    *bufio.Writer
	encoder   *json.Encoder
	lines     int64
	committed bool
}

// newManifest creates the file, and replaces that of an interrupted run.
func (f *folder) newManifest() (*manifest, error) {
	m := &manifest{path: filepath.Join(f.dir, importer.Manifest), hash: sha256.New()}
	file, err := os.OpenFile(filepath.Join(f.dir, partName), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create the manifest: %w", err)
	}
	m.file = file
	if err := m.writeHeader(strings.Repeat("0", hex.EncodedLen(sha256.Size))); err != nil {
		m.discard()
		return nil, err
	}
	if _, err := file.Seek(0, io.SeekEnd); err != nil {
		m.discard()
		return nil, err
	}
	m.buffer = bufio.NewWriterSize(io.MultiWriter(file, m.hash), 256<<10)
	m.encoder = json.NewEncoder(m.buffer)
	m.encoder.SetEscapeHTML(false)
	return m, nil
}

// writeHeader writes the first line. Its length does not depend on the id.
func (m *manifest) writeHeader(id string) error {
	m.lines = max(m.lines, 1)
	header, err := json.Marshal(struct {
		Type   string `json:"type"`
		Format int    `json:"format"`
		ID     string `json:"export_id"`
	}{importer.TypeExport, importer.ExportFormat, id})
	if err != nil {
		return err
	}
	_, err = m.file.WriteAt(append(header, '\n'), 0)
	return err
}

// write writes a line.
func (m *manifest) write(line any) error {
	m.lines++
	if err := m.encoder.Encode(line); err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	return nil
}

// commit completes the manifest and gives it its name.
func (m *manifest) commit() error {
	err := m.buffer.Flush()
	if err == nil {
		err = m.writeHeader(hex.EncodeToString(m.hash.Sum(nil)))
	}
	if err == nil {
		err = m.file.Sync()
	}
	if err = errors.Join(err, m.file.Close()); err == nil {
		err = os.Rename(m.file.Name(), m.path)
	}
	if err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	m.committed = true
	return syncFolder(filepath.Dir(m.path))
}

// syncFolder makes the names in a folder durable.
func syncFolder(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// discard removes an incomplete manifest. After commit it does nothing.
func (m *manifest) discard() {
	if !m.committed {
		m.file.Close()
		os.Remove(m.file.Name())
	}
}
