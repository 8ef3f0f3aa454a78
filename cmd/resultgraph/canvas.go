package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/jobs"
	"github.com/momotor/resultgraph/internal/seal"
)

// CanvasAccessSettings say how the tokens of accounts are kept and renewed.
type CanvasAccessSettings struct {
	SecretKey          string `placeholder:"BASE64" help:"The key that tokens of Canvas are sealed with in the database: 32 bytes in base64, as “openssl rand -base64 32” makes them; by default it is made, and kept in secret.key in the data folder."`
	CanvasClientID     string `placeholder:"ID" help:"The id of the developer key in Canvas that tokens with a refresh token were granted to."`
	CanvasClientSecret string `placeholder:"SECRET" help:"The secret of that developer key. Others see a command line: set the variable."`
}

// accounts are the Canvases of the accounts in a store. A key is made where there is none.
func (cs *CanvasAccessSettings) accounts(s *Settings, store *db.Store, log *slog.Logger) (*jobs.Accounts, error) {
	key, err := cs.key(s)
	if err != nil {
		return nil, err
	}
	return jobs.NewAccounts(jobs.AccountsConfig{
		Store: store, Key: key, ClientID: cs.CanvasClientID, ClientSecret: cs.CanvasClientSecret, Now: time.Now, Log: log,
	}), nil
}

func (cs *CanvasAccessSettings) key(s *Settings) (*seal.Key, error) {
	if cs.SecretKey != "" {
		key, err := seal.ParseKey(cs.SecretKey)
		if err != nil {
			return nil, fmt.Errorf("--secret-key: %w", err)
		}
		return key, nil
	}
	if err := os.MkdirAll(s.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	return seal.KeyFile(filepath.Join(s.Data, "secret.key"))
}

// CanvasSettings are those of a server that reaches Canvas.
type CanvasSettings struct {
	CanvasAccessSettings
	CanvasToken []accountToken `placeholder:"ACCOUNT=TOKEN" help:"A token for the Canvas of an account, by its Momotor id or Canvas GUID, that goes into the database in place of another at the start. May be given several times, or with commas."`
}

// accounts are the Canvases of the accounts in a store, where the tokens of the settings
// are put. A token for an account that is not there is an error.
func (cs *CanvasSettings) accounts(ctx context.Context, s *Settings, store *db.Store, log *slog.Logger) (*jobs.Accounts, error) {
	accounts, err := cs.CanvasAccessSettings.accounts(s, store, log)
	if err != nil {
		return nil, err
	}
	for _, t := range cs.CanvasToken {
		of, err := store.FindAccount(ctx, t.account)
		if err == nil {
			err = accounts.Keep(ctx, of, t.token)
		}
		if err != nil {
			return nil, fmt.Errorf("--canvas-token: %w", err)
		}
	}
	return accounts, nil
}

// An accountToken is a token for an account, in the settings.
type accountToken struct{ account, token string }

// UnmarshalText reads ACCOUNT=TOKEN. Its error does not hold the text.
func (t *accountToken) UnmarshalText(text []byte) error {
	account, token, _ := strings.Cut(strings.TrimSpace(string(text)), "=")
	token, err := cleanToken(token)
	if account == "" || err != nil {
		return fmt.Errorf("must be ACCOUNT=TOKEN, an account's Momotor id or Canvas GUID and a token")
	}
	t.account, t.token = account, token
	return nil
}

// cleanToken is a token without the space around it. Its error does not hold the text.
func cleanToken(text string) (string, error) {
	text = strings.TrimSpace(text)
	for _, c := range text {
		if c <= ' ' || c > '~' {
			return "", fmt.Errorf("a token has no spaces, line breaks or characters beyond ASCII")
		}
	}
	if text == "" {
		return "", fmt.Errorf("the token is empty")
	}
	return text, nil
}
