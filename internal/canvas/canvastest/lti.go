package canvastest

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// The issuer of every Canvas in Instructure's cloud, and the lifetime of its tokens.
const (
	LTIIssuer       = "https://canvas.instructure.com"
	idTokenLifetime = time.Hour
	launchLifetime  = 5 * time.Minute
)

// GUID is the id of the account of all launches.
const GUID = "8865aa05b4b79b64a91a86042e43af5ea8ae79eb"

// A Tool is an LTI 1.3 tool with a developer key in the Canvas.
type Tool struct {
	ClientID, DeploymentID  string // if empty, the fake generates one
	LoginURL, TargetLinkURI string
	RedirectURIs            []string
	// Custom are the custom fields with variables such as $Canvas.user.id. The fake keeps
	// unknown variables unchanged, like Canvas.
	Custom map[string]string
}

// lti is the state of the LTI tools.
type lti struct {
	tools    map[string]Tool
	launches map[string]*launch // by login hint
	keys     []jose.JSONWebKey  // in order of creation; all are published

	registrations map[string]*registration // by registration token
}

// A launch is a started launch whose token the tool has not requested yet.
type launch struct {
	tool       Tool
	user       *user
	course     *course
	actor      *user       // who acts as the user; nil for the user
	assignment *assignment // nil for a launch from the course
	at         time.Time
}

// publishedKeys is the number of published keys. The previous key still verifies tokens that were
// issued before the rotation.
const publishedKeys = 2

// RotateKeys creates a new key for later launches.
func (s *Server) RotateKeys() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rotateKeys()
}

func (s *Server) rotateKeys() {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	newest := jose.JSONWebKey{Key: key, KeyID: s.now().UTC().Format(time.RFC3339) + "_" + rand.Text(), Algorithm: string(jose.RS256), Use: "sig"}
	s.lti.keys = append(s.lti.keys, newest)
	s.lti.keys = s.lti.keys[max(0, len(s.lti.keys)-publishedKeys):]
}

// InstallTool installs a tool and returns it with its ids.
func (s *Server) InstallTool(t Tool) Tool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.installTool(t)
}

func (s *Server) installTool(t Tool) Tool {
	if t.ClientID == "" {
		t.ClientID = fmt.Sprint(s.nextID())
	}
	if t.DeploymentID == "" {
		t.DeploymentID = fmt.Sprintf("%d:%s", s.nextID(), rand.Text())
	}
	s.lti.tools[t.ClientID] = t
	if s.lti.keys == nil {
		s.rotateKeys()
	}
	return t
}

// Launch starts a launch as if the user clicked, and returns the parameters that the browser
// sends to the tool's LoginURL by GET or POST. With assignment 0 it is a launch from the course.
func (s *Server) Launch(t Tool, user, course, assignment int64) url.Values {
	return s.LaunchAs(t, 0, user, course, assignment)
}

// LaunchAs is Launch by an actor who acts as the user. A teacher in Student View acts as the test student.
func (s *Server) LaunchAs(t Tool, actor, user, course, assignment int64) url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	hint := rand.Text()
	l := &launch{tool: t, user: mustFind(s.state.users, user), course: mustFind(s.state.courses, course), at: s.now()}
	if actor != 0 {
		l.actor = mustFind(s.state.users, actor)
	}
	if assignment != 0 {
		l.assignment = mustFind(s.state.assignments, assignment)
	}
	s.lti.launches[hint] = l
	return url.Values{
		"iss": {s.issuer()}, "login_hint": {opaqueID("user", user)}, "target_link_uri": {t.TargetLinkURI}, "lti_message_hint": {hint},
		"client_id": {t.ClientID}, "deployment_id": {t.DeploymentID}, "lti_deployment_id": {t.DeploymentID},
		"canvas_region": {"us-east-1"}, "canvas_environment": {"prod"}, "lti_storage_target": {"post_message_forwarding"},
	}
}

// issuer returns the issuer of the Canvas.
func (s *Server) issuer() string {
	if s.selfHosted {
		return s.URL
	}
	return LTIIssuer
}

// getKeys returns the JWKS of the Canvas.
func (s *Server) getKeys(w http.ResponseWriter, _ *http.Request) {
	var set jose.JSONWebKeySet
	for _, k := range s.lti.keys {
		set.Keys = append(set.Keys, k.Public())
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(set)
}

// authorizeLaunch responds to a tool's authentication request (OpenID Connect core 3.1.2.1, with
// the restrictions of Canvas' lti/ims/authentication_controller) with a form that submits itself.
func (s *Server) authorizeLaunch(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	tool, known := s.lti.tools[q.Get("client_id")]
	redirectURI := q.Get("redirect_uri")
	if !known || !slices.Contains(tool.RedirectURIs, redirectURI) {
		http.Error(w, "Invalid redirect_uri", http.StatusBadRequest)
		return
	}
	values := url.Values{"state": {q.Get("state")}}
	if token, code := s.idToken(tool, q); code != "" {
		values.Set("error", code)
		values.Set("error_description", "the request was rejected: "+code)
	} else {
		values.Set("id_token", token)
		values.Set("lti_storage_target", "post_message_forwarding")
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, `<!DOCTYPE html><body onload="document.forms[0].submit()"><form method="post" action="%s">`, html.EscapeString(redirectURI))
	for _, name := range []string{"error", "error_description", "id_token", "state", "lti_storage_target"} {
		if values.Has(name) {
			fmt.Fprintf(w, `<input type="hidden" name="%s" value="%s">`, name, html.EscapeString(values.Get(name)))
		}
	}
	fmt.Fprint(w, "</form></body>")
}

// idToken returns the signed token of a launch, or the OpenID Connect error code of an invalid
// request. A launch has one token.
func (s *Server) idToken(tool Tool, q url.Values) (token, code string) {
	for name, want := range map[string]string{"scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none"} {
		if q.Get(name) != want {
			return "", "invalid_request_object"
		}
	}
	if q.Get("nonce") == "" || q.Get("lti_message_hint") == "" {
		return "", "invalid_request_object"
	}
	l := s.lti.launches[q.Get("lti_message_hint")]
	delete(s.lti.launches, q.Get("lti_message_hint"))
	switch {
	case l == nil || s.now().Sub(l.at) > launchLifetime:
		return "", "launch_no_longer_valid"
	case l.tool.ClientID != tool.ClientID:
		return "", "unauthorized_client"
	case q.Get("login_hint") != opaqueID("user", l.user.ID):
		return "", "login_required"
	}
	claims, err := json.Marshal(s.claims(l, q.Get("nonce")))
	if err != nil {
		panic(err)
	}
	key := s.lti.keys[len(s.lti.keys)-1]
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		panic(err)
	}
	signed, err := signer.Sign(claims)
	if err != nil {
		panic(err)
	}
	if token, err = signed.CompactSerialize(); err != nil {
		panic(err)
	}
	return token, ""
}

// opaqueID returns an opaque id.
func opaqueID(kind string, id int64) string {
	return strings.ToLower(fmt.Sprintf("%x-%x", kind, uint64(id)*0x9e3779b97f4a7c15))
}
