package canvas

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// A Grant has the tokens that Canvas issues for a refresh token. All of it is secret.
type Grant struct {
	AccessToken string
	// RefreshToken is for the next refresh. Canvas does not issue a new one, so it is the
	// one that was used.
	RefreshToken string
	// ExpiresAt is the expiry of the access token, usually an hour after it was issued. It is
	// zero if unknown.
	ExpiresAt time.Time
}

// String keeps the tokens out of messages.
func (g Grant) String() string { return "[grant until " + g.ExpiresAt.Format(time.RFC3339) + "]" }

// GoString keeps the tokens out of messages.
func (g Grant) GoString() string { return g.String() }

// LogValue keeps the tokens out of logs.
func (g Grant) LogValue() slog.Value { return slog.StringValue(g.String()) }

// Refresh exchanges a refresh token for an access token at /login/oauth2/token (doc/api/oauth.md
// of Canvas). The previous access token becomes invalid. ExpiresAt is relative to now. The
// error is ErrUnauthorized if Canvas rejects the refresh token or the client, and
// ErrUnreachable if there is no response; repeating the call is safe.
func Refresh(ctx context.Context, client *http.Client, base *url.URL, clientID, clientSecret, refreshToken string, now func() time.Time) (Grant, error) {
	const op = "renew the access token"
	form := url.Values{
		"grant_type": {"refresh_token"}, "client_id": {clientID},
		"client_secret": {clientSecret}, "refresh_token": {refreshToken},
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, base.JoinPath("login/oauth2/token").String(), strings.NewReader(form.Encode()))
	if err != nil {
		return Grant{}, &Error{Op: op, Kind: ErrUnreachable, Message: "the URL of Canvas is not valid"}
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", acceptHeader)
	direct := *client // never send the secrets to another URL
	direct.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	start := now()
	resp, err := direct.Do(r)
	if err != nil {
		return Grant{}, publicError(connectionFailure(call{op: op}, 0, true, err))
	}
	defer resp.Body.Close()
	body, err := readAtMost(resp.Body, 1<<20)
	switch {
	case resp.StatusCode >= 300:
		return Grant{}, grantError(op, resp, body)
	case err != nil:
		return Grant{}, publicError(connectionFailure(call{op: op}, resp.StatusCode, true, err))
	}
	var response struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
		ExpiresIn    int64  `json:"expires_in"`
	}
	if json.Unmarshal(body, &response) != nil || response.AccessToken == "" {
		return Grant{}, publicError(invalidResponse(call{op: op}, resp.StatusCode, "the response has no access token"))
	}
	g := Grant{AccessToken: response.AccessToken, RefreshToken: cmp.Or(response.RefreshToken, refreshToken)}
	if response.ExpiresIn > 0 {
		g.ExpiresAt = start.Add(time.Duration(response.ExpiresIn) * time.Second)
	}
	return g, nil
}

// grantError returns the error for an error response. Canvas responds with 400 or 401 if it
// rejects the token or the client. The error omits the message, which may contain secrets.
func grantError(op string, resp *http.Response, body []byte) error {
	err := publicError(errorResponse(call{op: op}, resp, body, ""))
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	e.Message = ""
	if s := resp.StatusCode; s == http.StatusBadRequest || s == http.StatusUnauthorized {
		e.Kind = ErrUnauthorized
		e.Message = "Canvas no longer accepts the refresh token or the client: grant access again"
	}
	return e
}
