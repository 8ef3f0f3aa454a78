package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// An Inspector reads a folder of blobs and changes nothing. Other processes may use the folder meanwhile.
type Inspector struct{ folder Folder }

// Inspect returns an inspector of the folder dir. It fails if dir is not a folder of blobs.
func Inspect(dir string) (*Inspector, error) {
	if _, err := os.ReadDir(filepath.Join(dir, blobsDir)); err != nil {
		return nil, fmt.Errorf("read the blob folder: %w", err)
	}
	return &Inspector{Folder{dir: dir}}, nil
}

// Owner returns the id of the store that the folder belongs to; "" if it belongs to none yet.
func (i *Inspector) Owner() (string, error) { return i.folder.Owner() }

// Shards returns the prefixes of digests that List accepts. Together they cover all blobs, in equal parts.
func (i *Inspector) Shards() []string { return shards() }

// A FileInfo describes the file of a blob.
type FileInfo struct {
	Size  int64 // in bytes
	PutAt time.Time
}

// List returns the blobs whose digests have a prefix of Shards, without those in the trash, and the paths of
// other files beside them.
func (i *Inspector) List(shard string) (blobs map[Digest]FileInfo, strays []string, err error) {
	dir := filepath.Join(i.folder.dir, blobsDir, shard)
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("list the blobs: %w", err)
	}
	blobs = make(map[Digest]FileInfo, len(entries))
	for _, e := range entries {
		d, err := ParseDigest(shard + e.Name())
		if err != nil || !e.Type().IsRegular() {
			strays = append(strays, filepath.Join(dir, e.Name()))
			continue
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) { // swept since
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("list the blobs: %w", err)
		}
		blobs[d] = FileInfo{info.Size(), info.ModTime()}
	}
	return blobs, strays, nil
}

// Strays returns the paths of files outside of the shards that are not a part of a folder of blobs.
func (i *Inspector) Strays() (strays []string, err error) {
	for dir, isKnown := range map[string]func(name string) bool{
		"": func(name string) bool {
			return slices.Contains([]string{blobsDir, tempDir, trashDir, lockFile, ownerFile}, name)
		},
		blobsDir: func(name string) bool { return slices.Contains(shards(), name) },
		trashDir: func(name string) bool { _, err := ParseDigest(name); return err == nil },
	} {
		entries, err := os.ReadDir(filepath.Join(i.folder.dir, dir))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("list the blob folder: %w", err)
		}
		for _, e := range entries {
			if !isKnown(e.Name()) {
				strays = append(strays, filepath.Join(i.folder.dir, dir, e.Name()))
			}
		}
	}
	slices.Sort(strays)
	return strays, nil
}

// Verify fails with fs.ErrNotExist if a blob is neither stored nor in the trash, from which Open restores it,
// and with ErrDamaged if it does not have its size. With contents set it reads the blob in small pieces, and
// fails with ErrDamaged if it does not have its SHA-256.
func (i *Inspector) Verify(ctx context.Context, d Digest, size int64, contents bool) error {
	b, err := openFile(i.folder.path(d), d, size)
	if errors.Is(err, fs.ErrNotExist) {
		b, err = openFile(i.folder.trashPath(d), d, size)
	}
	if err != nil {
		return err
	}
	defer b.Close()
	if contents {
		_, err = io.Copy(io.Discard, contextReader{ctx, b})
	}
	return err
}

// Usage returns the number of blobs and their total size in bytes, without those in the trash.
func (i *Inspector) Usage(ctx context.Context) (files int, bytes int64, err error) {
	for _, shard := range shards() {
		if err := context.Cause(ctx); err != nil {
			return 0, 0, err
		}
		blobs, _, err := i.List(shard)
		if err != nil {
			return 0, 0, err
		}
		files += len(blobs)
		for _, b := range blobs {
			bytes += b.Size
		}
	}
	return files, bytes, nil
}
