package dbtest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
)

// migratedFile returns the content of an empty, migrated SQLite file, which the first call creates.
var migratedFile = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "resultgraph-sqlite-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "template.db")
	if err := migrate(context.Background(), "sqlite:"+name); err != nil {
		return nil, err
	}
	return os.ReadFile(name) // complete: closing the last connection empties the write-ahead log
})
