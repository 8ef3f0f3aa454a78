package lti

import (
	"crypto/rand"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/page"
)

//go:embed login.html check.html registered.html
var files embed.FS

var loginTemplate, checkTemplate = page.Parse(files, "login.html"), page.Parse(files, "check.html")

var (
	errNotCanvas = fault.New(fault.BadInput, "This address is for launches from Canvas: open the tool in your course in Canvas.")
	errNoTool    = fault.New(fault.Forbidden, "This Canvas is not registered here: ask an administrator to register it with “resultgraph platform add”.")
	errManyTools = fault.New(fault.BadInput, "Canvas does not say which of its registrations launches the tool: ask an administrator to update Canvas.")
	errTarget    = fault.New(fault.BadInput, "The launch is for another server: ask an administrator to check the target link in the developer key of Canvas.")
	errExpired   = fault.New(fault.Forbidden, "The launch took too long: open the tool in Canvas again.")
)

// maxParameter is the maximum length of a parameter of a login that is sent back.
const maxParameter = 4096

// serveLogin answers the start of a launch: the browser goes to Canvas, which sends it back to launchPath.
// If Canvas offers its storage, a page stores the secret of the launch there as well as in the cookie.
func (t *Tool) serveLogin(w http.ResponseWriter, r *http.Request) error {
	for _, name := range []string{"iss", "login_hint", "target_link_uri"} {
		if r.Form.Get(name) == "" {
			return errNotCanvas
		}
	}
	for _, name := range []string{"login_hint", "lti_message_hint", "lti_storage_target"} {
		if len(r.Form.Get(name)) > maxParameter {
			return errNotCanvas
		}
	}
	base := t.conf.BaseURL(r)
	if !isOn(base, r.Form.Get("target_link_uri")) {
		return errTarget
	}
	platform, err := t.findPlatform(r)
	if err != nil {
		return err
	}
	s, sealed, binding := t.newState(platform.ID)
	authURL, err := authenticationURL(platform, r.Form, base+launchPath, s.Nonce, sealed)
	if err != nil {
		return err
	}
	s.setCookie(w, base, binding)
	w.Header().Set("Cache-Control", "no-store")
	if target := r.Form.Get("lti_storage_target"); target != "" {
		return writeScript(t.pagesFor(platform), w, r, loginTemplate, storagePage{
			Target: target, Origin: db.Origin(platform.AuthURL), Key: storageKey(s), Value: binding, URL: authURL,
		})
	}
	http.Redirect(w, r, authURL, http.StatusFound)
	return nil
}

func (t *Tool) findPlatform(r *http.Request) (*db.Platform, error) {
	found, err := t.conf.Store.FindPlatforms(r.Context(), r.Form.Get("iss"), r.Form.Get("client_id"))
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0:
		return nil, errNoTool
	case len(found) > 1:
		return nil, errManyTools
	}
	return found[0], nil
}

// authenticationURL returns the address of the authentication request of LTI.
func authenticationURL(p *db.Platform, login url.Values, redirectURI, nonce, sealed string) (string, error) {
	u, err := url.Parse(p.AuthURL)
	if err != nil {
		return "", fmt.Errorf("parse the authentication URL of platform %d: %w", p.ID, err)
	}
	q := u.Query()
	for name, value := range map[string]string{
		"scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none", "client_id": p.ClientID,
		"redirect_uri": redirectURI, "login_hint": login.Get("login_hint"), "nonce": nonce, "state": sealed,
	} {
		q.Set(name, value)
	}
	if hint := login.Get("lti_message_hint"); hint != "" {
		q.Set("lti_message_hint", hint)
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// A storagePage is a page whose script uses the storage of the platform:
// https://www.imsglobal.org/spec/lti-pm-s/v0p1.
type storagePage struct {
	Target, Origin string // name of the frame, and its origin
	Key, Value     string
	URL            string // where the page of a login goes
	IDToken, State string // of a launch
	TargetLink     string
	ScriptNonce    string
}

// storageKey returns the key of a state in the storage.
func storageKey(s state) string { return "state-" + s.BindingHash }

// pagesFor returns the writer of the pages of a launch. A registration that waits for its deployment does not
// have the address of its Canvas yet.
func (t *Tool) pagesFor(p *db.Platform) *page.Writer {
	if p.AwaitsDeployment {
		return t.anyFrame
	}
	return t.conf.Pages
}

// writeScript writes a page with a script.
func writeScript(pages *page.Writer, w http.ResponseWriter, r *http.Request, tmpl *template.Template, p storagePage) error {
	p.ScriptNonce = rand.Text()
	return pages.WriteWithPolicy(w, r, http.StatusOK, tmpl, p, "script-src 'nonce-"+p.ScriptNonce+"'; ")
}

// isOn reports whether a URL is on the server with a base URL.
func isOn(base, text string) bool { return db.Origin(base) != "" && db.Origin(base) == db.Origin(text) }
