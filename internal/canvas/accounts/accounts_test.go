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

// An institution is an account in a store, with a Canvas and the key to its tokens.
type institution struct {
	*canvastest.Server
	store   *db.Store
	account *db.Account
	key     *seal.Key
	log     bytes.Buffer
	logging sync.Mutex
}

func (in *institution) Write(p []byte) (int, error) {
	in.logging.Lock()
	defer in.logging.Unlock()
	return in.log.Write(p)
}

func newInstitution(t *testing.T, s *db.Store) *institution {
	t.Helper()
	in := &institution{Server: canvastest.New(t), store: s, key: newKey(t, 1)}
	in.account = &db.Account{CanvasGUID: "guid", BaseURL: in.URL, Name: "Example"}
	if _, err := ingest.UpsertAccounts(t.Context(), s, []*db.Account{in.account}); err != nil {
		t.Fatal(err)
	}
	return in
}

func newKey(t *testing.T, of byte) *seal.Key {
	t.Helper()
	k, err := seal.NewKey(bytes.Repeat([]byte{of}, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// accounts are those of one more program with the same store.
func (in *institution) accounts(t *testing.T) *accounts.Accounts {
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return accounts.New(accounts.Config{
		Store: in.store, Key: in.key, ClientID: in.ClientID, ClientSecret: in.ClientSecret,
		Transport: transport, Now: time.Now, Log: slog.New(slog.NewTextHandler(in, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
}

// grant is what the fake Canvas accepts now.
func (in *institution) grant() canvas.Grant {
	return canvas.Grant{AccessToken: in.Token(), RefreshToken: in.RefreshToken, ExpiresAt: time.Now().Add(time.Hour)}
}

func (in *institution) set(t *testing.T, g canvas.Grant) {
	t.Helper()
	if _, err := in.accounts(t).Set(t.Context(), in.account, g, false); err != nil {
		t.Fatal(err)
	}
}

func (in *institution) client(t *testing.T, a *accounts.Accounts) *canvas.Client {
	t.Helper()
	c, err := a.Client(t.Context(), in.account.MomotorID)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// failure is what is recorded of the last contact.
func (in *institution) failure(t *testing.T) string {
	t.Helper()
	row, err := in.store.LoadCanvasAccess(t.Context(), in.account.MomotorID)
	if err != nil {
		t.Fatal(err)
	}
	if row.Failure == nil {
		return ""
	}
	return *row.Failure
}

// A token that ends while many goroutines of two programs work is renewed once, and all of
// them work on.
func TestAccountsRenew(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		in := newInstitution(t, s)
		in.set(t, in.grant())
		programs := [2]*accounts.Accounts{in.accounts(t), in.accounts(t)}
		for round := range 3 {
			old := in.Token()
			in.ExpireToken()
			var all sync.WaitGroup
			for i := range 20 {
				c := in.client(t, programs[i%2])
				all.Go(func() {
					if _, err := c.Self(t.Context()); err != nil {
						t.Errorf("Self in goroutine %d = %v", i, err)
					}
				})
			}
			all.Wait()
			if n := len(in.Requests("/login/")); n != round+1 || in.Token() == old {
				t.Fatalf("%d tokens were asked for after %d ends of one", n, round+1)
			}
		}
		if row, err := s.LoadCanvasAccess(t.Context(), in.account.MomotorID); err != nil || row.RenewingUntil != nil || row.ExpiresAt.Before(time.Now()) {
			t.Errorf("CanvasAccess = %+v, %v; want it renewed and free", row, err)
		}
		one := in.client(t, programs[0])
		if in.client(t, programs[0]) != one {
			t.Error("Client gives two clients for one account")
		}
		in.keepsSecrets(t)
	})
}

// keepsSecrets fails the test when a token is in the log or, as it is, in the database.
func (in *institution) keepsSecrets(t *testing.T) {
	t.Helper()
	row, err := in.store.LoadCanvasAccess(t.Context(), in.account.MomotorID)
	if err != nil {
		t.Fatal(err)
	}
	all := fmt.Sprintf("%s %s %s %s", in.log.String(), row.Token, row.RefreshToken, in.failure(t))
	for _, secret := range []string{in.Token(), in.RefreshToken, in.ClientSecret, "access-token"} {
		if strings.Contains(all, secret) {
			t.Errorf("%q is in the log or the database: %s", secret, all)
		}
	}
}

// A renewal that a program did not bring to its end does not stand in the way for ever.
func TestAccountsRenewAfterCrash(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		in := newInstitution(t, s)
		in.set(t, in.grant())
		row, err := s.LoadCanvasAccess(t.Context(), in.account.MomotorID)
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
			t.Error("ClaimRenewal = another answer than yes, and no to the second")
		}
		if ok, err := s.FinishRenewal(t.Context(), row, nil); err != nil || !ok {
			t.Errorf("EndRenewal = %t, %v", ok, err)
		}
		if !claim(-time.Second) {
			t.Error("ClaimRenewal = no, after the end of another")
		}
		in.ExpireToken()
		if _, err := in.client(t, in.accounts(t)).Self(t.Context()); err != nil {
			t.Errorf("Self after a claim that is over = %v", err)
		}
		if ok, err := s.FinishRenewal(t.Context(), row, row); err != nil || ok {
			t.Errorf("EndRenewal of a token that was replaced = %t, %v; want false", ok, err)
		}
	})
}

// A token that another program has replaced is noticed, by the next piece of work and when
// the one before is refused.
func TestAccountsNotice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		in := newInstitution(t, s)
		in.set(t, canvas.Grant{AccessToken: "a wrong one"})
		a := in.accounts(t)
		c := in.client(t, a)
		if _, err := c.Self(t.Context()); !errors.Is(err, canvas.ErrUnauthorized) || !strings.Contains(err.Error(), "account set") {
			t.Errorf("Self with a wrong token = %v, want %v with what to do", err, canvas.ErrUnauthorized)
		}
		in.set(t, canvas.Grant{AccessToken: in.Token()})
		if _, err := c.Self(t.Context()); err != nil {
			t.Errorf("Self after the token was replaced = %v", err)
		}
		in.set(t, canvas.Grant{AccessToken: "wrong again"})
		before := len(in.Requests("/self"))
		if _, err := in.client(t, a).Self(t.Context()); !errors.Is(err, canvas.ErrUnauthorized) {
			t.Errorf("Self in the next piece of work = %v, want that to use the wrong token", err)
		}
		if sent := in.Requests("/self")[before:]; len(sent) != 1 || sent[0].Token != "wrong again" {
			t.Errorf("the next piece of work sent %v", sent)
		}
	})
}

// What cannot be reached says what to do.
func TestAccountsRefuse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		in := newInstitution(t, s)
		try := func(name, want string, account int64) {
			t.Helper()
			_, err := in.accounts(t).Client(t.Context(), account)
			if !errors.Is(err, accounts.ErrNotConfigured) || !strings.Contains(err.Error(), want) {
				t.Errorf("Client of %s = %v, want it pointless and to say %q", name, err, want)
			}
		}
		try("an account that is not there", "not in the store", 999)
		try("one that is not set up", fmt.Sprintf("account set %d", in.account.MomotorID), in.account.MomotorID)
		in.set(t, in.grant())
		in.key = newKey(t, 2)
		try("one that is sealed with another key", "another key", in.account.MomotorID)
		if got := in.failure(t); !strings.Contains(got, "another key") {
			t.Errorf("the recorded failure is %q", got)
		}
		for _, address := range []string{"http://canvas.example.edu", "canvas.example.edu", "https://user:secret@canvas.example.edu", "ftp://127.0.0.1", ""} {
			in.account.BaseURL = address
			if _, err := ingest.UpsertAccounts(t.Context(), s, []*db.Account{in.account}); err != nil {
				t.Fatal(err)
			}
			try(address, "https", in.account.MomotorID)
			if _, err := in.accounts(t).Client(t.Context(), in.account.MomotorID); strings.Contains(err.Error(), "secret") {
				t.Errorf("Client of %s = %v", address, err)
			}
		}
	})
}

// Each kind of failure is recorded or not, and what Canvas answered clears it.
func TestContacted(t *testing.T) {
	failed := func(kind error) error {
		return fmt.Errorf("refresh: %w", &canvas.Error{Op: "read course 7", Kind: kind, Message: "said"})
	}
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		in := newInstitution(t, s)
		in.set(t, in.grant())
		a := in.accounts(t)
		ended, end := context.WithCancel(t.Context())
		end()
		for i, c := range []struct {
			ctx  context.Context
			err  error
			want string // of the failure
		}{
			{t.Context(), failed(canvas.ErrUnreachable), "read course 7: no answer from Canvas: said"},
			{t.Context(), fault.Conflict, "no answer"}, // none of Canvas' business
			{ended, failed(canvas.ErrUnauthorized), "no answer"},
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
			if err := a.RecordContact(c.ctx, in.account.MomotorID, c.err); err != nil {
				t.Errorf("Contacted(%v) = %v", c.err, err)
			}
			if got := in.failure(t); !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
				t.Errorf("%d: the failure after Contacted(%v) is %q, want %q", i, c.err, got, c.want)
			}
		}
	})
}

// A token is tried before it takes the place of another, and renewed if it has to be.
func TestAccountsSet(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		in := newInstitution(t, s)
		a := in.accounts(t)
		if owner, err := a.Set(t.Context(), in.account, in.grant(), true); err != nil || owner.Name != "Owner Token" {
			t.Errorf("Set = %q, %v", owner.Name, err)
		}
		if err := a.RecordContact(t.Context(), in.account.MomotorID, &canvas.Error{Kind: canvas.ErrUnauthorized}); err != nil || in.failure(t) == "" {
			t.Fatalf("Contacted = %v, with no failure recorded", err)
		}
		before, _ := s.LoadCanvasAccess(t.Context(), in.account.MomotorID)
		if _, err := a.Set(t.Context(), in.account, canvas.Grant{AccessToken: "a wrong one"}, true); !errors.Is(err, canvas.ErrUnauthorized) {
			t.Errorf("Set of a wrong token = %v, want %v", err, canvas.ErrUnauthorized)
		}
		if after, _ := s.LoadCanvasAccess(t.Context(), in.account.MomotorID); !slices.Equal(after.Token, before.Token) {
			t.Error("a wrong token took the place of another")
		}
		g := in.grant()
		in.ExpireToken()
		if _, err := a.Set(t.Context(), in.account, g, true); err != nil {
			t.Errorf("Set of a token that ended = %v", err)
		}
		if got := in.failure(t); got != "" {
			t.Errorf("the failure after Set is %q, want none", got)
		}
		if in.client(t, a); in.Token() == g.AccessToken {
			t.Error("the token was not renewed")
		}
		if _, err := in.client(t, a).Self(t.Context()); err != nil || len(in.Requests("/login/")) != 1 {
			t.Errorf("Self after Set = %v, with %d new tokens", err, len(in.Requests("/login/")))
		}
		row, _ := s.LoadCanvasAccess(t.Context(), in.account.MomotorID)
		for _, same := range []bool{false, true} { // from the settings, at every start
			if err := a.SetAccessToken(t.Context(), in.account, "from the settings"); err != nil {
				t.Fatal(err)
			}
			now, _ := s.LoadCanvasAccess(t.Context(), in.account.MomotorID)
			if slices.Equal(now.Token, row.Token) != same || now.RefreshToken != nil {
				t.Errorf("Keep of the same = %t changed the row wrongly", same)
			}
			row = now
		}
	})
}
