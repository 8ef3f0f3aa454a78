// Package session signs people in with sessions in the database, whose tokens are in cookies.
package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/access"
)

// A Config configures a Manager. All fields are required.
type Config struct {
	Store *db.Store
	// Lifetime is the time after which a session ends, and Idle the time without a request.
	Lifetime, Idle time.Duration
	// IsHTTPS reports whether a browser sent a request over HTTPS, possibly to a proxy.
	IsHTTPS func(*http.Request) bool
	Now     func() time.Time
	Log     *slog.Logger
}

// A Manager starts, finds and ends sessions. Package scs makes the tokens and cookies. Requests do not pass
// through scs: it would write each session again at each request for its idle limit, and could not read the
// roles of the person together with the session. A Manager is safe for concurrent use.
type Manager struct {
	conf Config
	// secure is for HTTPS, and plain for HTTP on this computer.
	secure, plain *scs.SessionManager
	uses          *access.UseRecorder[string]
	origins       *http.CrossOriginProtection
}

// useResolution is the minimum time between two recorded uses of a session.
const useResolution = time.Minute

// New returns the manager of the sessions in a store.
func New(conf Config) *Manager {
	m := &Manager{conf: conf, secure: newSCS(conf), plain: newSCS(conf), origins: http.NewCrossOriginProtection()}
	m.uses = access.NewUseRecorder(conf.Store.RecordSessionUse, useResolution, conf.Now, conf.Log)
	// A browser sends the cookie only to this host and over HTTPS. Canvas shows the pages in a frame, where
	// browsers that block cookies of other sites keep a partitioned cookie.
	m.secure.Cookie.Name = "__Host-resultgraph_session"
	m.secure.Cookie.Secure = true
	m.secure.Cookie.SameSite = http.SameSiteNoneMode
	m.secure.Cookie.Partitioned = true
	m.plain.Cookie.Name = "resultgraph_session"
	return m
}

func newSCS(conf Config) *scs.SessionManager {
	s := scs.New()
	s.Lifetime = conf.Lifetime
	s.HashTokenInStore = true
	s.Codec = codec{}
	s.Store = scsStore{conf.Store, conf.Now}
	s.Cookie.Persist = false // the cookie ends with the browser; the session has its own limits
	return s
}

// Start starts to record the uses of sessions. The returned function stops it after a last write.
func (m *Manager) Start() (stop func()) { return m.uses.Start() }

// ErrInsecure is the error for a sign-in over HTTP from another computer, where everybody on the way could
// read the cookie.
var ErrInsecure = errors.New("signing in needs HTTPS")

// SignIn starts a session with a new token and sets its cookie. The session of the request, if any, ends.
// It fails with ErrInsecure over plain HTTP, except on this computer.
func (m *Manager) SignIn(w http.ResponseWriter, r *http.Request, p Person) error {
	s, err := m.managerOf(r)
	if err != nil {
		return err
	}
	now := m.conf.Now()
	if err := m.conf.Store.DeleteEndedSessions(r.Context(), now, now.Add(-m.conf.Idle)); err != nil {
		return err
	}
	if err := m.delete(r, s); err != nil {
		return err
	}
	ctx, err := s.Load(r.Context(), "")
	if err != nil {
		return fmt.Errorf("start a session: %w", err)
	}
	s.Put(ctx, personKey, p)
	token, expiry, err := s.Commit(ctx)
	if err != nil {
		return fmt.Errorf("start a session: %w", err)
	}
	s.WriteSessionCookie(ctx, w, token, expiry)
	setCSRFCookie(w, s == m.secure)
	return nil
}

// SignOut ends the session of a request, if it has one, and deletes its cookie.
func (m *Manager) SignOut(w http.ResponseWriter, r *http.Request) error {
	s, err := m.managerOf(r)
	if err != nil {
		return err
	}
	if err := m.delete(r, s); err != nil {
		return err
	}
	ctx, err := s.Load(r.Context(), "")
	if err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	s.WriteSessionCookie(ctx, w, "", time.Time{})
	return nil
}

// delete deletes the session of a request.
func (m *Manager) delete(r *http.Request, s *scs.SessionManager) error {
	token := tokenOf(r, s)
	if token == "" {
		return nil
	}
	return m.conf.Store.DeleteSession(r.Context(), hash(token))
}

// managerOf returns the manager of the cookies of a request. A browser can be made to send the cookie of
// the other manager, for example by a page of another port, so it counts for nothing.
func (m *Manager) managerOf(r *http.Request) (*scs.SessionManager, error) {
	switch {
	case m.conf.IsHTTPS(r):
		return m.secure, nil
	case IsLocal(r):
		return m.plain, nil
	}
	return nil, ErrInsecure
}

// Find returns the session of a request. Its errors are those of access.Sessions.
func (m *Manager) Find(ctx context.Context, r *http.Request) (*Session, error) {
	s, err := m.managerOf(r)
	if err != nil {
		return nil, access.ErrNoCredentials
	}
	token := tokenOf(r, s)
	if token == "" {
		return nil, access.ErrNoCredentials
	}
	record, err := m.conf.Store.SessionByHash(ctx, hash(token))
	switch now := m.conf.Now(); {
	case errors.Is(err, db.ErrSessionNotFound):
		return nil, access.ErrSessionEnded
	case err != nil && ctx.Err() != nil: // whatever the driver reports
		return nil, fmt.Errorf("look up a session: %w", context.Cause(ctx))
	case err != nil:
		return nil, fmt.Errorf("look up a session: %w", err)
	case !now.Before(record.ExpiresAt), now.Sub(record.LastUsedAt) > m.conf.Idle:
		return nil, access.ErrSessionEnded
	}
	m.uses.Record(record.TokenHash, &record.LastUsedAt)
	return newSession(&record)
}

// Authenticate implements access.Sessions.
func (m *Manager) Authenticate(ctx context.Context, r *http.Request) (*access.Principal, error) {
	session, err := m.Find(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := m.CheckOrigin(r); err != nil {
		return nil, err
	}
	return session.Principal, nil
}

// CheckOrigin fails with access.ErrCrossOrigin if a page of another origin made the browser send a request
// that can change data. Cookies do not prove that the person wants the change, because those with
// SameSite=None accompany all requests.
func (m *Manager) CheckOrigin(r *http.Request) error {
	if m.origins.Check(r) != nil {
		return access.ErrCrossOrigin
	}
	return nil
}
