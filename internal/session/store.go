package session

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"

	"github.com/momotor/resultgraph/db"
)

// hash returns the hash of a token under which the store has its session. It is that of scs with
// HashTokenInStore, so that the database alone opens no session.
func hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// A scsStore is the store of package scs.
type scsStore struct {
	store *db.Store
	now   func() time.Time
}

// CommitCtx implements scs.CtxStore.
func (s scsStore) CommitCtx(ctx context.Context, tokenHash string, data []byte, expiry time.Time) error {
	p, err := ParseData(string(data))
	if err != nil {
		return err
	}
	now := s.now().UTC().Truncate(time.Microsecond)
	return s.store.SaveSession(ctx, &db.Session{
		TokenHash: tokenHash, UserID: p.UserID, Data: string(data), CreatedAt: now, LastUsedAt: now, ExpiresAt: expiry.UTC().Truncate(time.Microsecond),
	})
}

// FindCtx implements scs.CtxStore.
func (s scsStore) FindCtx(ctx context.Context, tokenHash string) (data []byte, found bool, err error) {
	r, err := s.store.SessionByHash(ctx, tokenHash)
	if errors.Is(err, db.ErrSessionNotFound) || err == nil && !s.now().Before(r.ExpiresAt) {
		return nil, false, nil
	}
	return []byte(r.Data), err == nil, err
}

// DeleteCtx implements scs.CtxStore.
func (s scsStore) DeleteCtx(ctx context.Context, tokenHash string) error {
	return s.store.DeleteSession(ctx, tokenHash)
}

// errNoContext is the error of the methods without a context, which scs does not call on a CtxStore.
var errNoContext = errors.New("the session store needs a context")

// Commit implements scs.Store.
func (scsStore) Commit(string, []byte, time.Time) error { return errNoContext }

// Find implements scs.Store.
func (scsStore) Find(string) ([]byte, bool, error) { return nil, false, errNoContext }

// Delete implements scs.Store.
func (scsStore) Delete(string) error { return errNoContext }
