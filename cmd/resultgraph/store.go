package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/momotor/resultgraph/db"
)

// databaseURL returns the location of the database.
func (s *Settings) databaseURL() string {
	if s.Database != "" {
		return s.Database
	}
	return "sqlite:" + filepath.Join(s.Data, "resultgraph.db")
}

// sqlitePath returns the path of a SQLite database; it returns false for PostgreSQL.
func (s *Settings) sqlitePath() (path string, ok bool) {
	path, ok = strings.CutPrefix(s.databaseURL(), "sqlite:")
	return strings.TrimPrefix(path, "//"), ok
}

// openStore is openStoreToImport for other commands. It fails if the store has a part of an export only.
func (s *Settings) openStore(ctx context.Context, log *slog.Logger) (*db.Store, error) {
	store, err := s.openStoreToImport(ctx, log)
	if err != nil {
		return nil, err
	}
	isPart, err := store.IsPartOfExport(ctx)
	if err == nil && isPart {
		err = errors.New("the import of an export into this store was interrupted: run “resultgraph import” with the same folder again")
	}
	if err != nil {
		store.Close()
		return nil, err
	}
	return store, nil
}

// openStoreToImport opens the database. It applies pending migrations to SQLite; on PostgreSQL they
// are an error, because the operator decides when to run “migrate up”.
func (s *Settings) openStoreToImport(ctx context.Context, log *slog.Logger) (*db.Store, error) {
	store, err := db.Open(ctx, s.databaseURL())
	if err != nil {
		return nil, err
	}
	m, err := store.Migrator(log)
	if _, isSQLite := s.sqlitePath(); err == nil && isSQLite {
		_, err = m.Up(ctx)
	}
	if err == nil {
		err = m.Check(ctx)
	}
	if err != nil {
		store.Close()
		return nil, err
	}
	return store, nil
}

// openExistingStore is openStore for commands that need data. It fails if the SQLite file is missing.
func (s *Settings) openExistingStore(ctx context.Context, log *slog.Logger) (*db.Store, error) {
	if err := s.requireStore(); err != nil {
		return nil, err
	}
	return s.openStore(ctx, log)
}

// requireStore fails if the SQLite file is missing.
func (s *Settings) requireStore() error {
	if path, ok := s.sqlitePath(); ok {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("there is no store at %s: create one with “resultgraph serve” or “resultgraph import”, or name its folder with --data", path)
		}
	}
	return nil
}

// withStore calls f with the open store of a command, which does not create a missing store.
func (s *Settings) withStore(ctx context.Context, c *console, f func(*db.Store) error) error {
	store, err := s.openExistingStore(ctx, s.logger(c))
	if err != nil {
		return err
	}
	defer store.Close()
	return f(store)
}
