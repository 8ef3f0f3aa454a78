package lti_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// Launches with wrong claims and forged tokens are rejected, besides those of TestCertification. Their pages do
// not say why.
func TestLaunchClaims(t *testing.T) {
	t.Parallel()
	s := newSQLiteSite(t)
	g := newSigner(t, s)
	key := g.keys[0]
	attempt := func(key jose.JSONWebKey, change func(map[string]any), token func(signed string) string) response {
		l := g.login(t)
		form := g.form(t, l, key, change)
		form.Set("id_token", token(form.Get("id_token")))
		return s.post(t, "/lti/launch", form, l.cookies)
	}
	signed := func(token string) string { return token }
	now := s.clock.Now().Unix()
	for name, change := range map[string]func(map[string]any){
		"other audience": set("aud", "x"), "several audiences": set("aud", []string{"c", "x"}), "other authorized party": set("azp", "x"),
		"other issuer": set("iss", "https://x.example"), "other nonce": set("nonce", "n"), "no nonce": set("nonce", nil),
		"expired": set("exp", now-120), "issued in the future": set("iat", now+600), "issued long ago": set("iat", now-8000),
		"other message": set(claim+"message_type", "LtiDeepLinkingRequest"), "long subject": set("sub", strings.Repeat("s", 256)),
		"other deployment": set(claim+"deployment_id", "x"), "long deployment": set(claim+"deployment_id", strings.Repeat("d", 256)),
		"other target": set(claim+"target_link_uri", "https://x.example/lti/launch"), "other account": set(claim+"tool_platform", map[string]any{"guid": "x"}),
		"anonymous": set(claim+"custom", map[string]any{"canvas_user_id": "$Canvas.user.id"}), "no custom fields": set(claim+"custom", nil),
	} {
		if r := attempt(key, change, signed); r.status != http.StatusForbidden || len(r.cookies) != 0 || strings.Contains(r.body, "x.example") {
			t.Errorf("%s = %d %v %s", name, r.status, r.cookies, r.body)
		}
	}
	hmac := jose.JSONWebKey{Key: []byte(strings.Repeat("k", 32)), KeyID: key.KeyID, Algorithm: string(jose.HS256)}
	for name, tt := range map[string]struct {
		key   jose.JSONWebKey
		token func(string) string
	}{
		"HS256":         {hmac, signed},
		"forged":        {newKey(t, key.KeyID), signed},
		"no signature":  {key, func(token string) string { return "eyJhbGciOiJub25lIn0." + strings.Split(token, ".")[1] + "." }},
		"no token":      {key, func(string) string { return "" }},
		"changed token": {key, func(token string) string { return strings.Replace(token, ".eyJ", ".eyK", 1) }},
	} {
		if r := attempt(tt.key, noChange, tt.token); r.status != http.StatusForbidden || len(r.cookies) != 0 {
			t.Errorf("%s = %d %s", name, r.status, r.body)
		}
	}
	if n := count(t, s.store, `"user"`) + count(t, s.store, "session") + count(t, s.store, "lti_nonce"); n != 0 {
		t.Errorf("the rejected launches have written %d rows", n)
	}
	// Neither a person nor a subject changes silently.
	if r := attempt(key, noChange, signed); r.status != http.StatusSeeOther {
		t.Fatalf("the launch = %d %s\n%s", r.status, r.body, s.log)
	}
	for name, change := range map[string]func(map[string]any){
		"another person": set(claim+"custom", map[string]any{"canvas_user_id": 2}), "another subject": set("sub", "eve"),
	} {
		if r := attempt(key, change, signed); r.status != http.StatusForbidden || !strings.Contains(r.body, "another person") {
			t.Errorf("%s = %d %s", name, r.status, r.body)
		}
	}
}
