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

// An Authenticator authenticates requests. All exported fields must be set before its first
// use. It is safe for concurrent use.
type Authenticator struct {
	Keys     Keys
	Throttle *Throttle
	Now      func() time.Time
	Log      *slog.Logger

	once      sync.Once
	slowSlots chan struct{} // semaphore of slow checks
}

// Authenticate returns the principal of the key in an Authorization header. addr is the
// address of the client as [ClientAddr] returns it. The error is
//
//   - ErrNoCredentials if the header is empty,
//   - ErrBadCredentials if it is malformed or its key is unknown, wrong, revoked or expired,
//   - a *ThrottledError after too many failures, even if the key is valid,
//   - otherwise an error of the store or of ctx.
//
// The first successful check against a slow hash replaces that hash with a fast one.
func (a *Authenticator) Authenticate(ctx context.Context, authorization, addr string) (*Principal, error) {
	k, err := ParseAuthorization(authorization)
	if err != nil {
		return nil, err
	}
	if err := a.checkThrottle(k, addr); err != nil {
		return nil, err
	}
	r, err := a.findRecord(ctx, k)
	switch {
	case err != nil:
	case isSlow(r.Hash):
		r, err = a.verifySlow(ctx, k, addr)
	default:
		_, err = a.verify(ctx, k, addr, r.Hash)
	}
	if err != nil {
		return nil, err
	}
	return r.principal(), nil
}

// checkThrottle fails with a ThrottledError after too many failures. Call it before any
// expensive step.
func (a *Authenticator) checkThrottle(k Key, addr string) error {
	if wait, ok := a.Throttle.Allow(k.Prefix(), addr); !ok {
		return &ThrottledError{RetryAfter: wait}
	}
	return nil
}

// findRecord returns the record to check k against. If the key is unknown, revoked or
// expired, the record has a hash that no key matches: such a key then fails at the same
// place and after the same time as one with a wrong secret.
func (a *Authenticator) findRecord(ctx context.Context, k Key) (KeyRecord, error) {
	r, err := a.Keys.KeyByPrefix(ctx, k.Prefix())
	switch {
	case errors.Is(err, ErrKeyNotFound):
		return KeyRecord{Hash: unmatchableHash}, nil
	case err != nil:
		return KeyRecord{}, fmt.Errorf("look up API key %s: %w", k.Prefix(), err)
	case !r.activeAt(a.Now()):
		r.Hash = unmatchableHash
	}
	return r, nil
}

// unmatchableHash is a well-formed hash that no key is known to match.
const unmatchableHash = "sha512$$" +
	"0000000000000000000000000000000000000000000000000000000000000000" +
	"0000000000000000000000000000000000000000000000000000000000000000"

// verify checks k against a hash and reports the outcome to the throttle.
func (a *Authenticator) verify(ctx context.Context, k Key, addr, hash string) (stale bool, err error) {
	ok, stale, err := Verify(k, hash)
	if err != nil {
		a.Log.LogAttrs(ctx, slog.LevelError, "stored hash of an API key is not usable; create a new key", slog.Any("key", k), slog.Any("error", err))
	}
	if !ok {
		a.Throttle.Fail(k.Prefix(), addr)
		return false, ErrBadCredentials
	}
	a.Throttle.Succeed(k.Prefix(), addr)
	return stale, nil
}

// verifySlow is verify for a hash that takes some 100 ms to check. The number of concurrent
// checks is limited, so that a flood of keys does not occupy all processors. After the wait
// it reads the throttle and the record again, because other requests may have failed too
// often or have replaced the hash in the meantime.
func (a *Authenticator) verifySlow(ctx context.Context, k Key, addr string) (KeyRecord, error) {
	release, err := a.acquireSlot(ctx)
	if err != nil {
		return KeyRecord{}, fmt.Errorf("wait to check API key %s: %w", k.Prefix(), err)
	}
	defer release()
	if err := a.checkThrottle(k, addr); err != nil {
		return KeyRecord{}, err
	}
	r, err := a.findRecord(ctx, k)
	if err != nil {
		return KeyRecord{}, err
	}
	stale, err := a.verify(ctx, k, addr, r.Hash)
	if stale {
		a.rehash(ctx, k, &r)
	}
	return r, err
}

// rehash stores a fast hash for k. A failure is only logged, so that authentication works
// with a read-only store.
func (a *Authenticator) rehash(ctx context.Context, k Key, r *KeyRecord) {
	if err := a.Keys.Rehash(ctx, r.ID, r.Hash, k.Hash()); err != nil {
		a.Log.LogAttrs(ctx, slog.LevelWarn, "slow hash of an API key was not replaced", slog.Any("key", k), slog.Any("error", err))
	}
}

// acquireSlot waits for a slot for a slow check. Two processors share one slot. The caller
// must call release.
func (a *Authenticator) acquireSlot(ctx context.Context) (release func(), err error) {
	a.once.Do(func() { a.slowSlots = make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)) })
	select {
	case a.slowSlots <- struct{}{}:
		return func() { <-a.slowSlots }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
