package canvastest

import (
	"fmt"
	"net/http"
	"time"
)

// tokenLifetime is the lifetime of a token (doc/api/oauth.md of Canvas).
const tokenLifetime = time.Hour

type tokens struct {
	current string
	expires time.Time
	issued  int
	revoked bool
}

func (t *tokens) issue(now time.Time) {
	t.issued++
	t.current, t.expires = fmt.Sprintf("access-token-%d-of-the-teacher", t.issued), now.Add(tokenLifetime)
}

// check returns the file of the error for an invalid token, or "" for a valid one.
func (t *tokens) check(token string, now time.Time) string {
	switch {
	case token == "":
		return "error_unauthenticated.json"
	case t.revoked:
		return "error_revoked_token.json"
	case token != t.current:
		return "error_invalid_token.json"
	case !now.Before(t.expires):
		return "error_expired_token.json"
	}
	return ""
}

// Token returns the current access token.
func (s *Server) Token() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokens.current
}

// ExpireToken invalidates the access token. The refresh token stays valid.
func (s *Server) ExpireToken() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens.expires = s.now()
}

// RevokeToken invalidates the access token and the refresh token.
func (s *Server) RevokeToken() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens.revoked = true
}

// postToken exchanges a refresh token for an access token. The previous one becomes invalid.
func (s *Server) postToken(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.PostFormValue("client_id") != s.ClientID || r.PostFormValue("client_secret") != s.ClientSecret:
		s.writeError(w, http.StatusUnauthorized, "error_invalid_client.json")
	case r.PostFormValue("grant_type") != "refresh_token" || r.PostFormValue("refresh_token") != s.RefreshToken || s.tokens.revoked:
		s.writeError(w, http.StatusBadRequest, "error_invalid_grant.json")
	default:
		s.tokens.issue(s.now())
		writeJSON(w, r, example("oauth_token.json", object{
			"access_token": s.tokens.current, "expires_in": int(tokenLifetime.Seconds()),
		}))
	}
}
