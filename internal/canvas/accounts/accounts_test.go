package accounts_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/canvas/accounts"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/seal"
)

// A fixture is an account in a store, with a fake Canvas and the key that seals its tokens.
type fixture struct {
	*canvastest.Server
	store   *db.Store
	account *db.Account
	key     *seal.Key
	logMu   sync.Mutex
	log     bytes.Buffer
}

// Write implements io.Writer for the log.
func (fx *fixture) Write(p []byte) (int, error) {
	fx.logMu.Lock()
	defer fx.logMu.Unlock()
	return fx.log.Write(p)
}

func newFixture(t *testing.T, s *db.Store) *fixture {
	t.Helper()
	fx := &fixture{Server: canvastest.New(t), store: s, key: newKey(t, 1)}
	fx.account = &db.Account{CanvasGUID: "guid", BaseURL: fx.URL, Name: "Example"}
	if _, err := ingest.UpsertAccounts(t.Context(), s, []*db.Account{fx.account}); err != nil {
		t.Fatal(err)
	}
	return fx
}

func newKey(t *testing.T, b byte) *seal.Key {
	t.Helper()
	k, err := seal.NewKey(bytes.Repeat([]byte{b}, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// newAccounts returns the accounts of another instance with the same store.
func (fx *fixture) newAccounts(t *testing.T) *accounts.Accounts {
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return accounts.New(accounts.Config{
		Store: fx.store, Key: fx.key, ClientID: fx.ClientID, ClientSecret: fx.ClientSecret,
		Transport: transport, Now: time.Now, Log: slog.New(slog.NewTextHandler(fx, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
}

// validGrant returns a grant that the fake Canvas accepts now.
func (fx *fixture) validGrant() canvas.Grant {
	return canvas.Grant{AccessToken: fx.Token(), RefreshToken: fx.RefreshToken, ExpiresAt: time.Now().Add(time.Hour)}
}

// Values of the parameter verify of Accounts.Set.
const verify, skipVerification = true, false

func (fx *fixture) setToken(t *testing.T, g canvas.Grant) {
	t.Helper()
	if _, err := fx.newAccounts(t).Set(t.Context(), fx.account, g, skipVerification); err != nil {
		t.Fatal(err)
	}
}

func (fx *fixture) client(t *testing.T, a *accounts.Accounts) *canvas.Client {
	t.Helper()
	c, err := a.Client(t.Context(), fx.account.MomotorID)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// recordedFailure returns the recorded failure of the last contact.
func (fx *fixture) recordedFailure(t *testing.T) string {
	t.Helper()
	row, err := fx.store.LoadCanvasAccess(t.Context(), fx.account.MomotorID)
	if err != nil {
		t.Fatal(err)
	}
	if row.Failure == nil {
		return ""
	}
	return *row.Failure
}

// A token that expires while many goroutines of two instances use it is renewed once. All
// requests succeed.
func TestRenew(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s)
		fx.setToken(t, fx.validGrant())
		instances := [2]*accounts.Accounts{fx.newAccounts(t), fx.newAccounts(t)}
		for renewals := range 3 {
			old := fx.Token()
			fx.ExpireToken()
			var group sync.WaitGroup
			for i := range 20 {
				c := fx.client(t, instances[i%2])
				group.Go(func() {
					if _, err := c.Self(t.Context()); err != nil {
						t.Errorf("Self in goroutine %d = %v", i, err)
					}
				})
			}
			group.Wait()
			if n := len(fx.Requests("/login/")); n != renewals+1 || fx.Token() == old {
				t.Fatalf("%d tokens were requested after %d expired ones", n, renewals+1)
			}
		}
		if row, err := s.LoadCanvasAccess(t.Context(), fx.account.MomotorID); err != nil || row.RenewingUntil != nil || row.ExpiresAt.Before(time.Now()) {
			t.Errorf("CanvasAccess = %+v, %v; want a renewed token and no claim", row, err)
		}
		client := fx.client(t, instances[0])
		if fx.client(t, instances[0]) != client {
			t.Error("Client returned two clients for one account")
		}
		fx.checkSecrets(t)
	})
}

// checkSecrets fails the test if a token is in the log, or unsealed in the database.
func (fx *fixture) checkSecrets(t *testing.T) {
	t.Helper()
	row, err := fx.store.LoadCanvasAccess(t.Context(), fx.account.MomotorID)
	if err != nil {
		t.Fatal(err)
	}
	all := fmt.Sprintf("%s %s %s %s", fx.log.String(), row.Token, row.RefreshToken, fx.recordedFailure(t))
	for _, secret := range []string{fx.Token(), fx.RefreshToken, fx.ClientSecret, "access-token"} {
		if strings.Contains(all, secret) {
			t.Errorf("%q is in the log or the database: %s", secret, all)
		}
	}
}

// The claim of an instance that was killed during a renewal expires.
func TestRenewAfterCrash(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s)
		fx.setToken(t, fx.validGrant())
		row, err := s.LoadCanvasAccess(t.Context(), fx.account.MomotorID)
		if err != nil {
			t.Fatal(err)
		}
		claim := func(d time.Duration) bool {
			ok, err := s.ClaimRenewal(t.Context(), row, d)
			if err != nil {
				t.Fatal(err)
			}
			return ok
		}
		if !claim(time.Hour) || claim(time.Hour) {
			t.Error("the first ClaimRenewal failed, or the second succeeded")
		}
		if ok, err := s.FinishRenewal(t.Context(), row, nil); err != nil || !ok {
			t.Errorf("FinishRenewal = %t, %v", ok, err)
		}
		if !claim(-time.Second) {
			t.Error("ClaimRenewal = false after the end of another renewal")
		}
		fx.ExpireToken()
		if _, err := fx.client(t, fx.newAccounts(t)).Self(t.Context()); err != nil {
			t.Errorf("Self after an expired claim = %v", err)
		}
		if ok, err := s.FinishRenewal(t.Context(), row, row); err != nil || ok {
			t.Errorf("FinishRenewal of a token that was replaced = %t, %v; want false", ok, err)
		}
	})
}

// A client uses a token that another instance stored: when Canvas refuses the old one, and when
// a job requests the client again.
func TestReplacedToken(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s)
		fx.setToken(t, canvas.Grant{AccessToken: "a wrong one"})
		a := fx.newAccounts(t)
		c := fx.client(t, a)
		if _, err := c.Self(t.Context()); !errors.Is(err, canvas.ErrUnauthorized) || !strings.Contains(err.Error(), "account set") {
			t.Errorf("Self with a wrong token = %v, want %v with what to do", err, canvas.ErrUnauthorized)
		}
		fx.setToken(t, canvas.Grant{AccessToken: fx.Token()})
		if _, err := c.Self(t.Context()); err != nil {
			t.Errorf("Self after the token was replaced = %v", err)
		}
		fx.setToken(t, canvas.Grant{AccessToken: "wrong again"})
		before := len(fx.Requests("/self"))
		if _, err := fx.client(t, a).Self(t.Context()); !errors.Is(err, canvas.ErrUnauthorized) {
			t.Errorf("Self of the next job = %v, want %v for the wrong token", err, canvas.ErrUnauthorized)
		}
		if sent := fx.Requests("/self")[before:]; len(sent) != 1 || sent[0].Token != "wrong again" {
			t.Errorf("the next job sent %v, want one request with the stored token", sent)
		}
	})
}

// The error for an account that is not configured says what to do.
func TestNotConfigured(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s)
		expectError := func(name, want string, account int64) {
			t.Helper()
			_, err := fx.newAccounts(t).Client(t.Context(), account)
			if !errors.Is(err, accounts.ErrNotConfigured) || !strings.Contains(err.Error(), want) {
				t.Errorf("Client of %s = %v, want ErrNotConfigured with %q", name, err, want)
			}
		}
		expectError("an unknown account", "not in the store", 999)
		expectError("an account without a token", fmt.Sprintf("account set %d", fx.account.MomotorID), fx.account.MomotorID)
		fx.setToken(t, fx.validGrant())
		fx.key = newKey(t, 2)
		expectError("a token that is sealed with another key", "another key", fx.account.MomotorID)
		if got := fx.recordedFailure(t); !strings.Contains(got, "another key") {
			t.Errorf("the recorded failure is %q", got)
		}
		for _, baseURL := range []string{"http://canvas.example.edu", "canvas.example.edu", "https://user:secret@canvas.example.edu", "ftp://127.0.0.1", ""} {
			fx.account.BaseURL = baseURL
			if _, err := ingest.UpsertAccounts(t.Context(), s, []*db.Account{fx.account}); err != nil {
				t.Fatal(err)
			}
			expectError(baseURL, "https", fx.account.MomotorID)
			if _, err := fx.newAccounts(t).Client(t.Context(), fx.account.MomotorID); strings.Contains(err.Error(), "secret") {
				t.Errorf("Client of %s = %v, want no secret", baseURL, err)
			}
		}
	})
}

// RecordAvailability records failures of Canvas and of the token. An answer of Canvas clears them, and
// other errors change nothing.
func TestRecordAvailability(t *testing.T) {
	failed := func(kind error) error {
		return fmt.Errorf("refresh: %w", &canvas.Error{Op: "read course 7", Kind: kind, Message: "said"})
	}
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s)
		fx.setToken(t, fx.validGrant())
		a := fx.newAccounts(t)
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		for i, c := range []struct {
			ctx  context.Context
			err  error
			want string // in the recorded failure
		}{
			{t.Context(), failed(canvas.ErrUnreachable), "read course 7: no answer from Canvas: said"},
			{t.Context(), fault.Conflict, "no answer"}, // concerns neither Canvas nor the token
			{cancelled, failed(canvas.ErrUnauthorized), "no answer"},
			{t.Context(), failed(canvas.ErrNotFound), ""},
			{t.Context(), failed(canvas.ErrThrottled), "rate limit"},
			{t.Context(), nil, ""},
			{t.Context(), failed(canvas.ErrUnauthorized), "token is not accepted"},
			{t.Context(), failed(canvas.ErrForbidden), ""},
			{t.Context(), failed(canvas.ErrOutcomeUnknown), "not known"},
			{t.Context(), failed(canvas.ErrRejected), ""},
			{t.Context(), fmt.Errorf("open: %w", seal.ErrDamaged), "damaged"},
			{t.Context(), failed(canvas.ErrTooLarge), ""},
		} {
			if err := a.RecordAvailability(c.ctx, fx.account.MomotorID, c.err); err != nil {
				t.Errorf("RecordAvailability(%v) = %v", c.err, err)
			}
			if got := fx.recordedFailure(t); !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
				t.Errorf("%d: the failure after RecordAvailability(%v) is %q, want %q", i, c.err, got, c.want)
			}
		}
	})
}

// Set verifies a token before it replaces the old one, and renews an expired token.
func TestSet(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		fx := newFixture(t, s)
		a := fx.newAccounts(t)
		if owner, err := a.Set(t.Context(), fx.account, fx.validGrant(), verify); err != nil || owner.Name != "Owner Token" {
			t.Errorf("Set = %q, %v", owner.Name, err)
		}
		if err := a.RecordAvailability(t.Context(), fx.account.MomotorID, &canvas.Error{Kind: canvas.ErrUnauthorized}); err != nil || fx.recordedFailure(t) == "" {
			t.Fatalf("RecordAvailability = %v, or recorded no failure", err)
		}
		before, _ := s.LoadCanvasAccess(t.Context(), fx.account.MomotorID)
		if _, err := a.Set(t.Context(), fx.account, canvas.Grant{AccessToken: "a wrong one"}, verify); !errors.Is(err, canvas.ErrUnauthorized) {
			t.Errorf("Set of a wrong token = %v, want %v", err, canvas.ErrUnauthorized)
		}
		if after, _ := s.LoadCanvasAccess(t.Context(), fx.account.MomotorID); !slices.Equal(after.Token, before.Token) {
			t.Error("a wrong token replaced the old one")
		}
		g := fx.validGrant()
		fx.ExpireToken()
		if _, err := a.Set(t.Context(), fx.account, g, verify); err != nil {
			t.Errorf("Set of an expired token = %v", err)
		}
		if got := fx.recordedFailure(t); got != "" {
			t.Errorf("the failure after Set is %q, want none", got)
		}
		if fx.client(t, a); fx.Token() == g.AccessToken {
			t.Error("the token was not renewed")
		}
		if _, err := fx.client(t, a).Self(t.Context()); err != nil || len(fx.Requests("/login/")) != 1 {
			t.Errorf("Self after Set = %v, with %d new tokens", err, len(fx.Requests("/login/")))
		}
		row, _ := s.LoadCanvasAccess(t.Context(), fx.account.MomotorID)
		for _, unchanged := range []bool{false, true} { // each start passes the token of the settings
			if err := a.SetAccessToken(t.Context(), fx.account, "from the settings"); err != nil {
				t.Fatal(err)
			}
			current, _ := s.LoadCanvasAccess(t.Context(), fx.account.MomotorID)
			if slices.Equal(current.Token, row.Token) != unchanged || current.RefreshToken != nil {
				t.Errorf("SetAccessToken did not keep the stored token as expected; want it unchanged: %t", unchanged)
			}
			row = current
		}
	})
}
