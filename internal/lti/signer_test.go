package lti_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/url"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/ingest"
)

// A signer is a platform in the store whose tokens a test signs.
type signer struct {
	*platform
	site *site
	keys []jose.JSONWebKey // the published ones
}

// newKey returns a new key with an id.
func newKey(t *testing.T, id string) jose.JSONWebKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return jose.JSONWebKey{Key: key, KeyID: id, Algorithm: string(jose.RS256), Use: "sig"}
}

// newSigner adds a platform with a key and a deployment to the store of a site. Each has an issuer and an account
// of its own.
func newSigner(t *testing.T, s *site) *signer {
	t.Helper()
	account := &db.Account{CanvasGUID: rand.Text(), BaseURL: "https://canvas.example.edu", Name: "University"}
	if _, err := ingest.UpsertAccounts(t.Context(), s.store, []*db.Account{account}); err != nil {
		t.Fatal(err)
	}
	return newSignerOf(t, s, account)
}

// newSignerOf is newSigner for an account.
func newSignerOf(t *testing.T, s *site, account *db.Account) *signer {
	t.Helper()
	g := &signer{platform: newPlatform(t), site: s}
	g.publish(newKey(t, "first"))
	row := &db.Platform{Issuer: g.URL, ClientID: "c", AuthURL: g.URL + "/auth", TokenURL: g.URL + "/token", JWKSURL: g.URL + "/jwks", CreatedAt: s.clock.Now()}
	if err := s.store.AddPlatform(t.Context(), row, []*db.Deployment{{DeploymentID: "d", AccountID: account.MomotorID}}); err != nil {
		t.Fatal(err)
	}
	return g
}

// publish makes keys the published ones.
func (g *signer) publish(keys ...jose.JSONWebKey) {
	g.keys = keys
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, k := range keys {
		set.Keys = append(set.Keys, k.Public())
	}
	g.respond("/jwks", respondJSON(set))
}

// login starts a launch.
func (g *signer) login(t *testing.T) login {
	t.Helper()
	return g.site.login(t, g.loginValues())
}

// loginValues returns the parameters of a login.
func (g *signer) loginValues() url.Values {
	return url.Values{"iss": {g.URL}, "client_id": {"c"}, "login_hint": {"h"}, "target_link_uri": {siteURL + "/lti/launch"}}
}

const claim = "https://purl.imsglobal.org/spec/lti/claim/"

// claims returns the claims of a valid launch of a login.
func (g *signer) claims(l login) map[string]any {
	now := g.site.clock.Now().Unix()
	return map[string]any{
		"iss": g.URL, "aud": "c", "sub": "subject", "nonce": l.auth.Get("nonce"), "iat": now, "exp": now + 3600, "name": "Eve Example",
		claim + "version": "1.3.0", claim + "message_type": "LtiResourceLinkRequest", claim + "deployment_id": "d",
		claim + "target_link_uri": siteURL + "/lti/launch", claim + "resource_link": map[string]any{"id": "r"},
		claim + "roles":  []string{"http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"},
		claim + "custom": map[string]any{"canvas_user_id": "7", "canvas_course_id": "8", "canvas_course_name": "Programming"},
	}
}

// form returns the form of a launch, whose token a key signs after changes of its claims.
func (g *signer) form(t *testing.T, l login, key jose.JSONWebKey, changes ...func(claims map[string]any)) url.Values {
	t.Helper()
	claims := g.claims(l)
	for _, change := range changes {
		change(claims)
	}
	signing, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(key.Algorithm), Key: key}, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signing.Sign(text)
	if err != nil {
		t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return url.Values{"id_token": {token}, "state": {l.auth.Get("state")}}
}

// launch logs in and launches with a token that a key signs.
func (g *signer) launch(t *testing.T, key jose.JSONWebKey) response {
	t.Helper()
	l := g.login(t)
	return g.site.post(t, "/lti/launch", g.form(t, l, key), l.cookies)
}
