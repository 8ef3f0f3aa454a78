package check

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/canvas/accounts"
)

// canvasTimeout limits the check of an account, with all attempts of the client.
const canvasTimeout = 10 * time.Second

// maxConcurrentAccounts is the number of accounts that are checked at the same time.
const maxConcurrentAccounts = 8

// Canvas checks that the Canvas of each account accepts its token, and compares the clocks. The configuration
// has the key of the tokens, which may be nil if the store has none.
func Canvas(ctx context.Context, conf accounts.Config) ([]Finding, error) {
	all, err := conf.Store.ListAccounts(ctx)
	if err != nil {
		return nil, err
	}
	findings := make([][]Finding, len(all))
	var group errgroup.Group
	group.SetLimit(maxConcurrentAccounts)
	for i, a := range all {
		group.Go(func() error {
			findings[i] = checkAccount(ctx, conf, a)
			return nil
		})
	}
	err = group.Wait()
	return slices.Concat(findings...), err
}

// checkAccount returns the findings about the token and the clock of an account's Canvas.
func checkAccount(ctx context.Context, conf accounts.Config, a db.ListedAccount) []Finding {
	subject := fmt.Sprintf("account %d (%s)", a.MomotorID, a.Name)
	switch {
	case a.Access == nil:
		return []Finding{warn("canvas", fmt.Sprintf("set it again with “resultgraph account set %d”, unless this account should not use Canvas", a.MomotorID),
			"the account has no token").about(subject)}
	case conf.Key == nil || accounts.CheckSeal(conf.Key, a.Access) != nil:
		return []Finding{fail("canvas", "see the check of the secret key", "the token cannot be opened").about(subject)}
	}
	clock := &dateRecorder{next: conf.Transport, now: conf.Now}
	conf.Transport = clock
	ctx, cancel := context.WithTimeout(ctx, canvasTimeout)
	defer cancel()
	findings := []Finding{checkToken(ctx, accounts.New(conf), a.MomotorID).about(subject)}
	if skew, precision, ok := clock.skew(); ok {
		findings = append(findings, clockFinding("Canvas of "+subject, skew, precision))
	}
	return findings
}

func checkToken(ctx context.Context, all *accounts.Accounts, account int64) Finding {
	client, err := all.Client(ctx, account)
	var owner canvas.User
	if err == nil {
		owner, err = client.Self(ctx)
	}
	switch {
	case err == nil:
		return ok("canvas", "the token is accepted; it belongs to %s", owner.Name)
	case errors.Is(err, canvas.ErrUnauthorized):
		return fail("canvas", fmt.Sprintf("set a new token with “resultgraph account set %d”", account), "%v", err)
	case errors.Is(err, accounts.ErrNotConfigured):
		return fail("canvas", "correct the account", "%v", err)
	}
	return fail("canvas", "check the base URL of the account, the network and whether Canvas is available", "%v", err)
}

// A dateRecorder is a transport that records the Date of the last response.
type dateRecorder struct {
	next http.RoundTripper
	now  func() time.Time

	mu                   sync.Mutex // a renewal of the token may outlast the check
	sent, received, date time.Time
}

// RoundTrip implements http.RoundTripper.
func (d *dateRecorder) RoundTrip(r *http.Request) (*http.Response, error) {
	sent := d.now()
	resp, err := d.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.sent, d.received, d.date = sent, d.now(), date
	}
	return resp, nil
}

// skew returns how far the clock of the server is ahead of this one, and the precision. It returns false without
// a Date, which is in whole seconds.
func (d *dateRecorder) skew() (skew, precision time.Duration, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.date.IsZero() {
		return 0, 0, false
	}
	skew, precision = clockSkew(d.sent, d.received, d.date.Add(time.Second/2))
	return skew, precision + time.Second/2, true
}
