package lti

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/page"
)

var registeredTemplate = page.Parse(files, "registered.html")

var (
	errNotRegistration = fault.New(fault.BadInput, "This link is for the registration of the tool: paste it into Canvas as the dynamic registration URL.")
	errNoPublicURL     = fault.New(fault.Forbidden, "This server has no https address: ask an administrator of this server to set --public-url.")
	errRegistering     = fault.New(fault.Unavailable, "Another registration is running: try again in a moment.")
)

// serveRegister registers this server as a tool of the Canvas that opens the link:
// https://developerdocs.instructure.com/services/canvas/external-tools/lti/file.registration. Until that has
// succeeded, the link can be opened again.
func (t *Tool) serveRegister(w http.ResponseWriter, r *http.Request) error {
	link, err := t.openLink(r.Form.Get("link"))
	if err != nil {
		return err
	}
	address, token := r.Form.Get("openid_configuration"), r.Form.Get("registration_token")
	if address == "" || token == "" {
		return errNotRegistration
	}
	base := t.conf.BaseURL(r)
	if CheckURL(base) != nil {
		return errNoPublicURL
	}
	if !t.registering.TryLock() { // a holder of a link cannot make this server send many requests
		return errRegistering
	}
	defer t.registering.Unlock()
	used, err := t.conf.Store.IsNonceUsed(r.Context(), link.ID)
	switch {
	case err != nil:
		return err
	case used:
		return errLinkUsed
	}
	p, err := t.register(r.Context(), link.Issuer, address, token, base)
	if err != nil {
		return unregistered("the platform", err)
	}
	switch err := t.conf.Store.AddPlatformByLink(r.Context(), p, link.ID, link.Expires.Add(clockSkew)); {
	case errors.Is(err, db.ErrLinkUsed):
		return errLinkUsed
	case errors.Is(err, fault.Conflict):
		return unregistered("the registration", err)
	case err != nil:
		return err
	}
	t.conf.Log.InfoContext(r.Context(), "platform registered", "platform", p.ID, "issuer", p.Issuer, "client_id", p.ClientID)
	return writeScript(t.anyFrame, w, r, registeredTemplate, storagePage{})
}

// register registers this server at a platform, and returns the registration.
func (t *Tool) register(ctx context.Context, issuer, address, token, base string) (*db.Platform, error) {
	conf, err := t.fetchConfiguration(ctx, issuer, address, token)
	if err != nil {
		return nil, fmt.Errorf("fetch the configuration of the platform: %w", err)
	}
	body, err := json.Marshal(newToolRegistration(base))
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, conf.RegistrationURL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	var created struct {
		ClientID string `json:"client_id"`
	}
	if err := fetchJSON(t.client, req, &created); err != nil {
		return nil, fmt.Errorf("register at the platform: %w", err)
	}
	if created.ClientID == "" || len(created.ClientID) > 255 {
		return nil, errors.New("register at the platform: the client id is missing or too long")
	}
	return &db.Platform{
		Issuer: issuer, ClientID: created.ClientID, AuthURL: conf.AuthURL, TokenURL: conf.TokenURL, JWKSURL: conf.JWKSURL,
		AwaitsDeployment: true, CreatedAt: t.conf.Now().UTC().Truncate(time.Microsecond),
	}, nil
}

// A platformConfiguration is the part of the OpenID configuration of a platform that this server uses.
type platformConfiguration struct {
	Issuer          string `json:"issuer"`
	AuthURL         string `json:"authorization_endpoint"`
	TokenURL        string `json:"token_endpoint"`
	JWKSURL         string `json:"jwks_uri"`
	RegistrationURL string `json:"registration_endpoint"`
}

// fetchConfiguration fetches the configuration of the platform with an issuer, which must be on its host: it
// would otherwise be anybody's.
func (t *Tool) fetchConfiguration(ctx context.Context, issuer, address, token string) (conf platformConfiguration, err error) {
	if !isOn(issuer, address) {
		return conf, errOtherHost
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return conf, errors.New("the address is not a URL")
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if err := fetchJSON(t.client, req, &conf); err != nil {
		return conf, err
	}
	if conf.Issuer != issuer {
		return conf, fmt.Errorf("the issuer is %q, and the registration link is for %q", conf.Issuer, issuer)
	}
	for _, endpoint := range []string{conf.AuthURL, conf.TokenURL, conf.JWKSURL, conf.RegistrationURL} {
		if err := CheckURL(endpoint); err != nil {
			return conf, fmt.Errorf("an endpoint of the configuration: %w", err)
		}
	}
	return conf, nil
}
