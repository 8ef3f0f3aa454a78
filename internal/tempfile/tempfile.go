// Package tempfile creates temporary files that no failure leaves behind.
package tempfile

import (
	"errors"
	"fmt"
	"os"
)

// Create creates a file in the folder dir and unlinks it, so that its space is released when it is
// closed or the program ends. The folder "" is the default folder of the system. The purpose is part of
// the name, which others see only if the file cannot be unlinked.
func Create(dir, purpose string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "resultgraph-"+purpose+"-")
	if err != nil {
		return nil, fmt.Errorf("create a temporary file: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("unlink a temporary file: %w", err), f.Close())
	}
	return f, nil
}
