package canvas

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Grant is what Canvas gives for a refresh token. It is secret whole.
type Grant struct {
	AccessToken string
	// RefreshToken is for the next time. Canvas gives no new one, so it is the one that
	// was used.
	RefreshToken string
	// ExpiresAt is when the access token ends, an hour after it was given as a rule; zero
	// when Canvas does not say.
	ExpiresAt time.Time
}

// String keeps the tokens out of messages.
func (g Grant) String() string { return "[grant until " + g.ExpiresAt.Format(time.RFC3339) + "]" }

// GoString keeps the tokens out of messages.
func (g Grant) GoString() string { return g.String() }

// LogValue keeps the tokens out of logs.
func (g Grant) LogValue() slog.Value { return slog.StringValue(g.String()) }

// Refresh exchanges a refresh token for an access token at /login/oauth2/token, as doc/api/oauth.md
// of Canvas says. The access token that was given before stops working. now is the time that
// ExpiresAt is counted from. A refresh token or client that Canvas no longer accepts is
// ErrUnauthorized; no answer is ErrUnreachable, and asking again is safe.
func Refresh(ctx context.Context, client *http.Client, base *url.URL, clientID, clientSecret, refreshToken string, now func() time.Time) (Grant, error) {
	const op = "renew the access token"
	form := url.Values{
		"grant_type": {"refresh_token"}, "client_id": {clientID},
		"client_secret": {clientSecret}, "refresh_token": {refreshToken},
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, base.JoinPath("login/oauth2/token").String(), strings.NewReader(form.Encode()))
	if err != nil {
		return Grant{}, &Error{Op: op, Kind: ErrUnreachable, Message: "the address of Canvas does not make a request"}
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", accept)
	direct := *client // secrets go nowhere but where they were sent
	direct.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	start := now()
	resp, err := direct.Do(r)
	if err != nil {
		return Grant{}, plain(lost(call{op: op}, 0, true, err))
	}
	defer resp.Body.Close()
	body, err := read(resp.Body, 1<<20)
	switch {
	case resp.StatusCode >= 300:
		return Grant{}, noGrant(op, resp, body)
	case err != nil:
		return Grant{}, plain(lost(call{op: op}, resp.StatusCode, true, err))
	}
	var given struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
		ExpiresIn    int64  `json:"expires_in"`
	}
	if json.Unmarshal(body, &given) != nil || given.AccessToken == "" {
		return Grant{}, plain(garbled(call{op: op}, resp.StatusCode, "the answer holds no access token"))
	}
	g := Grant{AccessToken: given.AccessToken, RefreshToken: or(given.RefreshToken, refreshToken)}
	if given.ExpiresIn > 0 {
		g.ExpiresAt = start.Add(time.Duration(given.ExpiresIn) * time.Second)
	}
	return g, nil
}

// noGrant says why there is no new token. Canvas answers 400 or 401 when the token or the
// client is not accepted. What it says is left out: it may repeat what was sent.
func noGrant(op string, resp *http.Response, body []byte) error {
	err := plain(refused(call{op: op}, resp, body, ""))
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	e.Message = ""
	if s := resp.StatusCode; s == http.StatusBadRequest || s == http.StatusUnauthorized {
		e.Kind = ErrUnauthorized
		e.Message = "Canvas no longer accepts the refresh token or the client: somebody has to give access anew"
	}
	return e
}
