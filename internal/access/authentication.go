package access

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

// ErrOutdated is the error of [Authentication.Check] for a key that changed since it was verified.
var ErrOutdated = errors.New("the API key changed since it was verified")

// An Authentication is the authentication of the caller of one request. The caller is confirmed when
// the store has said during the request that the key is valid. Before that, a caller whose key was
// verified a short time ago is only remembered: the key is right, but it may have been revoked or
// changed since.
//
// No byte of a response may be sent to a caller who is not confirmed, and nothing may be changed:
// see [ConfirmingWriter] and [FromContext]. An Authentication is safe for concurrent use.
type Authentication struct {
	authenticator *Authenticator
	key           Key
	addr          string
	// remembered is how the key was verified before this request, or nil.
	remembered *verifiedKey

	confirmed  atomic.Pointer[Principal]
	confirming sync.Mutex // locked while Confirm authenticates
	rejection  error      // of Confirm
}

// confirmedAs returns the authentication of a caller who is confirmed.
func confirmedAs(p *Principal) *Authentication {
	a := &Authentication{}
	a.confirmed.Store(p)
	return a
}

// Admit returns the authentication of the key in an Authorization header. The caller is remembered if
// the key was verified within the last minute. Otherwise Admit authenticates the caller like
// [Authenticator.Authenticate], with the same errors, and the caller is confirmed.
func (a *Authenticator) Admit(ctx context.Context, authorization, addr string) (*Authentication, error) {
	k, err := a.parse(authorization)
	if err != nil {
		return nil, err
	}
	if v := a.recall(k); v != nil {
		return &Authentication{authenticator: a, key: k, addr: addr, remembered: v}, nil
	}
	p, err := a.authenticate(ctx, k, addr)
	if err != nil {
		return nil, err
	}
	return confirmedAs(p), nil
}

// Remembered returns a caller who is not confirmed, with the rights of the time when the key was
// verified. It returns nil if the caller is confirmed. These rights may only be used for a response
// that is discarded unless Check succeeds.
func (a *Authentication) Remembered() *Principal {
	if a.confirmed.Load() != nil {
		return nil
	}
	return a.remembered.principal
}

// Check confirms a remembered caller by the record that the store has now, or by the error of looking it
// up. It fails with ErrOutdated if the store has no such key, or if the key was changed, was revoked or
// has expired. Whatever was derived from Remembered must then be discarded, and Confirm tells whether
// the key is still valid.
func (a *Authentication) Check(now KeyRecord, err error) error {
	switch {
	case errors.Is(err, ErrKeyNotFound), err == nil && !(now.equals(&a.remembered.record) && now.activeAt(a.authenticator.Now())):
		a.authenticator.forget(a.key)
		return ErrOutdated
	case err != nil:
		return err
	}
	a.authenticator.Throttle.Succeed(a.key.Prefix(), a.addr)
	a.authenticator.use(now)
	a.confirmed.Store(a.remembered.principal)
	return nil
}

// Confirm authenticates a remembered caller like [Authenticator.Authenticate], with the same errors. The
// caller's rights can differ from the remembered ones. Confirm has no effect if the caller is confirmed,
// and fails again if it has failed before.
func (a *Authentication) Confirm(ctx context.Context) error {
	if a.confirmed.Load() != nil {
		return nil
	}
	a.confirming.Lock()
	defer a.confirming.Unlock()
	if a.confirmed.Load() != nil || a.rejection != nil {
		return a.rejection
	}
	p, err := a.authenticator.authenticate(ctx, a.key, a.addr)
	if a.rejection = err; err == nil {
		a.confirmed.Store(p)
	}
	return err
}

// Identity returns who the caller is, confirmed or not.
func (a *Authentication) Identity() Identity {
	if p := a.confirmed.Load(); p != nil {
		return p.Identity()
	}
	return a.remembered.principal.Identity()
}
