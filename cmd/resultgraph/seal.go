package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/seal"
)

// secretKeyFile is the name of the file in the data folder with the key that encrypts secrets.
const secretKeyFile = "secret.key"

// parseKey returns the key of --secret-key.
func (ss *SealSettings) parseKey() (*seal.Key, error) {
	key, err := seal.ParseKey(ss.SecretKey)
	if err != nil {
		return nil, fmt.Errorf("--secret-key: %w", err)
	}
	return key, nil
}

// existingKey returns the key that encrypts secrets in the database, or nil if there is none yet.
func (ss *SealSettings) existingKey(s *Settings) (*seal.Key, error) {
	if ss.SecretKey != "" {
		return ss.parseKey()
	}
	key, err := seal.LoadKey(filepath.Join(s.Data, secretKeyFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return key, err
}

// sealKey returns the key that encrypts secrets in the database. It creates secret.key if there is none and
// the store has no Canvas token, which needs the key that is missing.
func (ss *SealSettings) sealKey(ctx context.Context, s *Settings, store *db.Store) (*seal.Key, error) {
	if ss.SecretKey != "" {
		return ss.parseKey()
	}
	if err := os.MkdirAll(s.Data, 0o700); err != nil {
		return nil, fmt.Errorf("create the data folder: %w", err)
	}
	path := filepath.Join(s.Data, secretKeyFile)
	if err := checkKeyFile(ctx, path, store); err != nil {
		return nil, err
	}
	return seal.LoadOrCreateKey(path)
}

// checkKeyFile fails if the file of the key is missing although the store has Canvas tokens.
func checkKeyFile(ctx context.Context, path string, store *db.Store) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	accounts, err := store.ListAccounts(ctx)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		if a.Access != nil {
			return fmt.Errorf("%s is missing, but the database has Canvas tokens that it encrypts: restore the file, check --data, or name the key with --secret-key; "+
				"if the key is lost, run “resultgraph account unset” for the accounts with tokens, and set them again", path)
		}
	}
	return nil
}
