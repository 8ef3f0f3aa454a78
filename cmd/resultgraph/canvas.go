package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/canvas/accounts"
)

// accounts returns the Canvas access of the accounts in a store.
func (cs *CanvasAccessSettings) accounts(ctx context.Context, s *Settings, store *db.Store, log *slog.Logger) (*accounts.Accounts, error) {
	key, err := cs.sealKey(ctx, s, store)
	if err != nil {
		return nil, err
	}
	return accounts.New(accounts.Config{
		Store: store, Key: key, ClientID: cs.CanvasClientID, ClientSecret: cs.CanvasClientSecret, Now: time.Now, Log: log,
	}), nil
}

// accounts returns the Canvas access of the accounts in a store, after storing the tokens of
// --canvas-token. It fails if one of their accounts does not exist.
func (cs *CanvasSettings) accounts(ctx context.Context, s *Settings, store *db.Store, log *slog.Logger) (*accounts.Accounts, error) {
	all, err := cs.CanvasAccessSettings.accounts(ctx, s, store, log)
	if err != nil {
		return nil, err
	}
	for _, t := range cs.CanvasToken {
		account, err := store.FindAccount(ctx, t.account)
		if err == nil {
			err = all.SetAccessToken(ctx, account, t.token)
		}
		if err != nil {
			return nil, fmt.Errorf("--canvas-token: %w", err)
		}
	}
	return all, nil
}

// An accountToken is a value of --canvas-token.
type accountToken struct{ account, token string }

// UnmarshalText parses ACCOUNT=TOKEN. Its error does not contain the text, which is secret.
func (t *accountToken) UnmarshalText(text []byte) error {
	account, token, _ := strings.Cut(strings.TrimSpace(string(text)), "=")
	token, err := parseToken(token)
	if account == "" || err != nil {
		return errors.New("must be ACCOUNT=TOKEN, the Momotor id or Canvas GUID of an account and a token")
	}
	t.account, t.token = account, token
	return nil
}

// parseToken trims and validates a token. Its error does not contain the text, which is secret.
func parseToken(text string) (string, error) {
	text = strings.TrimSpace(text)
	for _, c := range text {
		if c <= ' ' || c > '~' {
			return "", errors.New("a token has no spaces, line breaks or characters beyond ASCII")
		}
	}
	if text == "" {
		return "", errors.New("the token is empty")
	}
	return text, nil
}
