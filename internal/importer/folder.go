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

// OpenPath opens an import folder, or a zip of one, for Run. Paths and symbolic links
// cannot lead out of the folder. In a zip, the manifest may be in the root or in a folder
// of the root. The caller closes the closer after the import.
func OpenPath(path string) (fs.FS, io.Closer, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, fmt.Errorf("%s does not exist", path)
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
		return nil, nil, fmt.Errorf("%s is neither a folder nor a zip; pass the folder that contains %s", path, Manifest)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("open the zip %s: %w", path, err)
	}
	return manifestFolder(z), z, nil
}

// manifestFolder returns the folder of a zip that contains the manifest: the root, or the
// only folder of the root that has one, because desktops pack a folder with its name.
func manifestFolder(z *zip.ReadCloser) fs.FS {
	var folders []string
	for _, f := range z.File {
		switch dir, isManifest := strings.CutSuffix(f.Name, Manifest); {
		case !isManifest:
		case dir == "":
			return z
		case strings.Count(dir, "/") == 1 && strings.HasSuffix(dir, "/"):
			folders = append(folders, strings.TrimSuffix(dir, "/"))
		}
	}
	if len(folders) == 1 {
		if sub, err := fs.Sub(z, folders[0]); err == nil {
			return sub
		}
	}
	return z
}
