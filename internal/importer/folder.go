package importer

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// OpenPath opens an import folder, or a zip of one, for Run. No path and no symbolic link
// in it leads out of the folder. In a zip the folder's contents may lie in the root or in
// one folder. The caller closes the closer when the import is done.
func OpenPath(path string) (fs.FS, io.Closer, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, fmt.Errorf("there is no folder or zip %s", path)
	case err != nil:
		return nil, nil, fmt.Errorf("open the import: %w", err)
	case info.IsDir():
		return openFolder(path)
	case info.Mode().IsRegular():
		return openZip(path)
	}
	return nil, nil, fmt.Errorf("%s is neither a folder nor a zip", path)
}

func openFolder(path string) (fs.FS, io.Closer, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, nil, fmt.Errorf("open the import folder: %w", err)
	}
	return root.FS(), root, nil
}

func openZip(path string) (fs.FS, io.Closer, error) {
	z, err := zip.OpenReader(path)
	if errors.Is(err, zip.ErrFormat) {
		return nil, nil, fmt.Errorf("%s is neither a folder nor a zip: name the folder that holds %s", path, Manifest)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("open the zip %s: %w", path, err)
	}
	return inner(z), z, nil
}

// inner returns the folder of a zip that holds the manifest: the root, or else the one
// folder in it, the way in which desktops pack a folder.
func inner(z *zip.ReadCloser) fs.FS {
	var found []string
	for _, f := range z.File {
		switch dir, isManifest := strings.CutSuffix(f.Name, Manifest); {
		case !isManifest:
		case dir == "":
			return z
		case strings.Count(dir, "/") == 1 && strings.HasSuffix(dir, "/"):
			found = append(found, strings.TrimSuffix(dir, "/"))
		}
	}
	if len(found) == 1 {
		if sub, err := fs.Sub(z, found[0]); err == nil {
			return sub
		}
	}
	return z
}
