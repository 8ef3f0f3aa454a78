package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/momotor/resultgraph/internal/seal"
)

// sealKey returns the key that encrypts secrets in the database. It creates secret.key if there is none.
func (ss *SealSettings) sealKey(s *Settings) (*seal.Key, error) {
	if ss.SecretKey != "" {
		key, err := seal.ParseKey(ss.SecretKey)
		if err != nil {
			return nil, fmt.Errorf("--secret-key: %w", err)
		}
		return key, nil
	}
	if err := os.MkdirAll(s.Data, 0o700); err != nil {
		return nil, fmt.Errorf("create the data folder: %w", err)
	}
	return seal.LoadOrCreateKey(filepath.Join(s.Data, "secret.key"))
}
