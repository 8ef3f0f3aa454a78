package access

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"time"
)

// Authenticator finds out who makes a request. All exported fields must be set
// before its first use. It may be used by several goroutines at once.
type Authenticator struct {
	Keys     Keys
	Throttle *Throttle
	Now      func() time.Time
	Log      *slog.Logger

	once sync.Once
	slow chan struct{} // a place for each slow check that may run at once
}

// Authenticate returns the principal of the key in an Authorization header. addr
// is where the request came from, as [ClientAddr] says it. The error is
//
//   - ErrNoCredentials when the header is empty,
//   - ErrBadCredentials when it is malformed or its key is unknown, wrong,
//     revoked or expired, all alike,
//   - a *ThrottledError after too many failures, also for a key that is good,
//   - else the trouble of the store, or of ctx.
//
// A key whose hash is slow to check is checked against it once: the first
// success replaces it.
func (a *Authenticator) Authenticate(ctx context.Context, authorization, addr string) (*Principal, error) {
	k, err := ParseAuthorization(authorization)
	if err != nil {
		return nil, err
	}
	if err := a.admit(k, addr); err != nil {
		return nil, err
	}
	r, err := a.record(ctx, k)
	switch {
	case err != nil:
	case isSlow(r.Hash):
		r, err = a.verifyInTurn(ctx, k, addr)
	default:
		_, err = a.verify(ctx, k, addr, r.Hash)
	}
	if err != nil {
		return nil, err
	}
	return r.principal(), nil
}

// admit fails after too many failures. It comes before anything that costs.
func (a *Authenticator) admit(k Key, addr string) error {
	if wait, ok := a.Throttle.Allow(k.Prefix(), addr); !ok {
		return &ThrottledError{RetryAfter: wait}
	}
	return nil
}

// record returns the record to check k against. For a key that is unknown or
// can be good no more it has a hash that no key has: such a key then fails in
// the same place and after the same time as one with a wrong secret.
func (a *Authenticator) record(ctx context.Context, k Key) (KeyRecord, error) {
	r, err := a.Keys.KeyByPrefix(ctx, k.Prefix())
	switch {
	case errors.Is(err, ErrNoKey):
		return KeyRecord{Hash: noHash}, nil
	case err != nil:
		return KeyRecord{}, fmt.Errorf("look up API key %s: %w", k.Prefix(), err)
	case !r.usable(a.Now()):
		r.Hash = noHash
	}
	return r, nil
}

// noHash is well-formed and, as far as anyone knows, of no key.
const noHash = "sha512$$" +
	"0000000000000000000000000000000000000000000000000000000000000000" +
	"0000000000000000000000000000000000000000000000000000000000000000"

// verify checks k against a hash and counts the outcome.
func (a *Authenticator) verify(ctx context.Context, k Key, addr, hash string) (stale bool, err error) {
	ok, stale, err := Verify(k, hash)
	if err != nil {
		a.Log.LogAttrs(ctx, slog.LevelError, "a stored API key cannot be used: make a new one", slog.Any("key", k), slog.Any("error", err))
	}
	if !ok {
		a.Throttle.Fail(k.Prefix(), addr)
		return false, ErrBadCredentials
	}
	a.Throttle.Succeed(k.Prefix(), addr)
	return stale, nil
}

// verifyInTurn is verify for a hash that takes up to some 100 ms: a flood of
// keys waits here and leaves the machine to everybody else. What was true
// before the wait is asked again, because others had their turn meanwhile: they
// may have failed too often, or have replaced the hash by a quick one.
func (a *Authenticator) verifyInTurn(ctx context.Context, k Key, addr string) (KeyRecord, error) {
	done, err := a.turn(ctx)
	if err != nil {
		return KeyRecord{}, fmt.Errorf("wait to check API key %s: %w", k.Prefix(), err)
	}
	defer done()
	if err := a.admit(k, addr); err != nil {
		return KeyRecord{}, err
	}
	r, err := a.record(ctx, k)
	if err != nil {
		return KeyRecord{}, err
	}
	stale, err := a.verify(ctx, k, addr, r.Hash)
	if stale {
		a.rehash(ctx, k, &r)
	}
	return r, err
}

// rehash makes the next check of k a quick one. The request does not depend on
// it: a store that cannot be written to still lets its keys in.
func (a *Authenticator) rehash(ctx context.Context, k Key, r *KeyRecord) {
	if err := a.Keys.Rehash(ctx, r.ID, r.Hash, k.Hash()); err != nil {
		a.Log.LogAttrs(ctx, slog.LevelWarn, "an API key keeps its slow hash", slog.Any("key", k), slog.Any("error", err))
	}
}

// turn waits for one of the places for slow checks, of which there is one for
// every two processors. The caller gives it back with done.
func (a *Authenticator) turn(ctx context.Context) (done func(), err error) {
	a.once.Do(func() { a.slow = make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)) })
	select {
	case a.slow <- struct{}{}:
		return func() { <-a.slow }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
