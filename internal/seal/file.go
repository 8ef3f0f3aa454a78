package seal

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// LoadOrCreateKey reads the key in the file at path. If the file does not exist, it creates it
// with a random key, readable only by its owner, and makes the file durable. It rejects a file that
// other users can read.
func LoadOrCreateKey(path string) (*Key, error) {
	k, err := LoadKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	secret := make([]byte, KeySize)
	rand.Read(secret) // never fails
	if err := writeIfAbsent(path, base64.StdEncoding.EncodeToString(secret)+"\n", (*os.File).Sync); err != nil {
		return nil, fmt.Errorf("create the key file: %w", err)
	}
	return LoadKey(path) // another process may have created it first
}

// writeIfAbsent atomically creates a file with the text, unless it exists already. The file and its
// folder are durable when writeIfAbsent returns, because what the key seals can be stored after
// that. The parameter sync is (*os.File).Sync, except in tests.
func writeIfAbsent(path, text string, sync func(*os.File) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(text)
	if err = errors.Join(err, sync(f), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer folder.Close()
	return sync(folder)
}

// LoadKey reads the key in the file at path. The error is an fs.ErrNotExist if there is none. It rejects a file
// that other users can read.
func LoadKey(path string) (*Key, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("the key file %s is readable by other users (mode %04o): run “chmod 600” on it", path, mode)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	k, err := ParseKey(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return k, nil
}
