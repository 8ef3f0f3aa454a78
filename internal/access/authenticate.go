package access

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/slots"
)

// An Authenticator authenticates requests. All exported fields except OnUse, OnFailure and Sessions must be set before its first
// use. It is safe for concurrent use.
type Authenticator struct {
	Keys     Keys
	Throttle *Throttle
	Now      func() time.Time
	Log      *slog.Logger
	// OnUse is called with the record of each authenticated key. It must not block. It may be nil.
	OnUse func(KeyRecord)
	// OnFailure is called with the error of each key that is rejected: ErrBadCredentials or a *ThrottledError. It
	// must not block. It may be nil.
	OnFailure func(error)
	// Sessions authenticates the requests without a key. Without it, all requests need a key.
	Sessions Sessions

	once       sync.Once
	verified   *verifiedKeys
	slowChecks *slots.Slots
	// throttledLookups has one slot for each address.
	throttledLookups *slots.Group[string]
}

const (
	maxLookupWait = 2 * time.Second  // for other look-ups of a throttled address
	maxCheckWait  = 10 * time.Second // for other checks of slow hashes
	rehashTimeout = 2 * time.Second
)

var (
	errManyLookups = errors.New("too many look-ups of API keys from one address")
	errManyChecks  = &fault.Error{
		Kind: fault.Unavailable, RetryAfter: retryBusy, Message: "Too many API keys are checked at the same time: try again later.",
	}
)

// Authenticate returns the principal of the key in an Authorization header. addr is the
// address of the client as [ClientAddr] returns it. The error is
//
//   - ErrNoCredentials if the header is empty,
//   - ErrBadCredentials if it is malformed or its key is unknown, wrong, revoked or expired,
//   - a *ThrottledError for such a key after too many failures. A key with a slow hash then gets
//     it even if it is valid,
//   - otherwise an error of the store or of ctx.
//
// A valid key with a fast hash is not throttled: its 32 random letters cannot be guessed, so that
// refusing it would only let others lock it out. It fails only if its own address sends wrong keys
// faster than they can be looked up. The first successful check against a slow hash replaces that
// hash with a fast one.
func (a *Authenticator) Authenticate(ctx context.Context, authorization, addr string) (*Principal, error) {
	k, err := a.parse(authorization)
	if err != nil {
		return nil, err
	}
	return a.authenticate(ctx, k, addr)
}

// parse is ParseAuthorization with OnFailure.
func (a *Authenticator) parse(authorization string) (Key, error) {
	k, err := ParseAuthorization(authorization)
	return k, a.reportFailure(err)
}

// authenticate is Authenticate for a parsed key.
func (a *Authenticator) authenticate(ctx context.Context, k Key, addr string) (*Principal, error) {
	p, err := a.check(ctx, k, addr)
	return p, a.reportFailure(err)
}

// reportFailure calls OnFailure if err rejects a key, and returns err.
func (a *Authenticator) reportFailure(err error) error {
	isRejection := errors.Is(err, ErrBadCredentials) || errors.As(err, new(*ThrottledError))
	if isRejection && a.OnFailure != nil {
		a.OnFailure(err)
	}
	return err
}

func (a *Authenticator) check(ctx context.Context, k Key, addr string) (*Principal, error) {
	a.once.Do(a.init)
	r, err := a.findRecord(ctx, k, addr)
	switch {
	case err != nil:
	case isSlow(r.Hash):
		r, err = a.authenticateSlow(ctx, k, addr)
	default:
		err = a.verify(ctx, k, addr, r.Hash)
	}
	if err != nil {
		return nil, err
	}
	a.use(r)
	return a.remember(k, r), nil
}

func (a *Authenticator) init() {
	a.verified = newVerifiedKeys()
	a.makeSlots()
}

// use records that a key is used.
func (a *Authenticator) use(r KeyRecord) {
	if a.OnUse != nil {
		a.OnUse(r)
	}
}

// makeSlots allows one check of a slow hash for every two processors, so that a flood of keys does
// not occupy all of them, and one look-up at a time for a throttled address, so that its flood of
// wrong keys occupies at most one connection to the database and delays no other address.
func (a *Authenticator) makeSlots() {
	a.slowChecks = slots.New(max(1, runtime.GOMAXPROCS(0)/2), maxCheckWait, errManyChecks)
	a.throttledLookups = slots.NewGroup[string](1, maxLookupWait, errManyLookups)
}

// checkThrottle fails with a ThrottledError after too many failures.
func (a *Authenticator) checkThrottle(k Key, addr string) error {
	if wait, ok := a.Throttle.Allow(k.Prefix(), addr); !ok {
		return &ThrottledError{RetryAfter: wait}
	}
	return nil
}

// findRecord looks up k. Look-ups of a throttled address wait for each other.
func (a *Authenticator) findRecord(ctx context.Context, k Key, addr string) (KeyRecord, error) {
	if throttled := a.checkThrottle(k, addr); throttled != nil {
		release, err := a.throttledLookups.Acquire(ctx, addr)
		switch {
		case errors.Is(err, errManyLookups):
			return KeyRecord{}, throttled
		case err != nil:
			return KeyRecord{}, fmt.Errorf("wait to look up an API key: %w", err)
		}
		defer release()
	}
	return a.lookUp(ctx, k)
}

// lookUp returns the record to check k against. If the key is unknown, revoked or
// expired, the record has a hash that no key matches: such a key then fails at the same
// place and after the same time as one with a wrong secret.
func (a *Authenticator) lookUp(ctx context.Context, k Key) (KeyRecord, error) {
	r, err := a.Keys.KeyByPrefix(ctx, k.Prefix())
	switch {
	case errors.Is(err, ErrKeyNotFound):
		return KeyRecord{Hash: unmatchableHash}, nil
	case err != nil && ctx.Err() != nil: // whatever the driver reports
		return KeyRecord{}, fmt.Errorf("look up an API key: %w", context.Cause(ctx))
	case err != nil:
		return KeyRecord{}, fmt.Errorf("look up an API key: %w", err)
	case !r.activeAt(a.Now()):
		r.Hash = unmatchableHash
	}
	return r, nil
}

// unmatchableHash is a well-formed hash that no key is known to match.
const unmatchableHash = "sha512$$" +
	"0000000000000000000000000000000000000000000000000000000000000000" +
	"0000000000000000000000000000000000000000000000000000000000000000"

// verify checks k against a hash. Only a key that does not match is subject to the throttle.
func (a *Authenticator) verify(ctx context.Context, k Key, addr, hash string) error {
	if a.matches(ctx, k, hash) {
		a.Throttle.Succeed(k.Prefix(), addr)
		return nil
	}
	return a.fail(k, addr)
}

// fail counts a failed attempt and returns its error.
func (a *Authenticator) fail(k Key, addr string) error {
	if err := a.checkThrottle(k, addr); err != nil {
		return err
	}
	a.Throttle.Fail(k.Prefix(), addr)
	return ErrBadCredentials
}

// matches reports whether k matches a hash. A hash that is not usable matches no key.
func (a *Authenticator) matches(ctx context.Context, k Key, hash string) bool {
	ok, err := Verify(k, hash)
	if err != nil {
		a.Log.LogAttrs(ctx, slog.LevelError, "stored hash of an API key is not usable; create a new key", slog.Any("key", k), slog.Any("error", err))
	}
	return ok
}

// authenticateSlow returns the record of k, which has a hash that takes some 100 ms to check, and
// replaces that hash if the key matches.
func (a *Authenticator) authenticateSlow(ctx context.Context, k Key, addr string) (KeyRecord, error) {
	r, err := a.checkSlow(ctx, k, addr)
	if err == nil && isSlow(r.Hash) {
		a.rehash(ctx, k, r)
	}
	return r, err
}

// checkSlow checks k while it holds a slot for slow checks. The throttle applies before the check.
// After the wait for the slot, checkSlow reads the record and the throttle again, because other
// requests may have replaced the hash or failed too often in the meantime. This look-up does not wait
// for those of throttled addresses, so that they cannot keep the slot occupied.
func (a *Authenticator) checkSlow(ctx context.Context, k Key, addr string) (KeyRecord, error) {
	if err := a.checkThrottle(k, addr); err != nil {
		return KeyRecord{}, err
	}
	if err := a.slowChecks.Acquire(ctx); err != nil {
		return KeyRecord{}, fmt.Errorf("wait to check API key %s: %w", k.Prefix(), err)
	}
	defer a.slowChecks.Release()
	r, err := a.lookUp(ctx, k)
	if err == nil && isSlow(r.Hash) {
		err = a.checkThrottle(k, addr)
	}
	if err != nil {
		return KeyRecord{}, err
	}
	return r, a.verify(ctx, k, addr, r.Hash)
}

// rehash stores a fast hash for k. A failure is only logged, so that authentication works
// with a read-only store.
func (a *Authenticator) rehash(ctx context.Context, k Key, r KeyRecord) {
	ctx, cancel := context.WithTimeout(ctx, rehashTimeout)
	defer cancel()
	if err := a.Keys.Rehash(ctx, r.ID, r.Hash, k.Hash()); err != nil {
		a.Log.LogAttrs(ctx, slog.LevelWarn, "slow hash of an API key was not replaced", slog.Any("key", k), slog.Any("error", err))
	}
}
