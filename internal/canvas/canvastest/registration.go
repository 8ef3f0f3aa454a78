package canvastest

import (
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// registrationLifetime is the lifetime of the token of a registration.
const registrationLifetime = time.Hour

const toolConfigurationMember = "https://purl.imsglobal.org/spec/lti-tool-configuration"

// A registration is a dynamic registration that an administrator has started.
type registration struct {
	at   time.Time
	tool *Tool // nil until the tool has registered
}

// StartRegistration starts a dynamic registration as if an administrator entered the URL of a tool, and
// returns the token of the registration and the URL that Canvas opens in a frame.
func (s *Server) StartRegistration(toolURL string) (token, opened string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token = rand.Text()
	s.lti.registrations[token] = &registration{at: s.now()}
	u, err := url.Parse(toolURL)
	if err != nil {
		panic(err)
	}
	q := u.Query()
	q.Set("openid_configuration", s.URL+"/api/lti/security/openid-configuration")
	q.Set("registration_token", token)
	u.RawQuery = q.Encode()
	return token, u.String()
}

// RegisteredTool returns the tool of a registration as it is installed after the administrator confirmed it, or
// false if no tool has registered.
func (s *Server) RegisteredTool(token string) (t Tool, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.lti.registrations[token]; r != nil && r.tool != nil {
		return *r.tool, true
	}
	return t, false
}

// findRegistration returns the registration of the token of a request, or nil after writing an error.
func (s *Server) findRegistration(w http.ResponseWriter, r *http.Request) *registration {
	found := s.lti.registrations[bearer(r)]
	if found == nil || s.now().Sub(found.at) > registrationLifetime {
		http.Error(w, `{"errorMessage":"JWT did not include expected contents"}`, http.StatusUnauthorized)
		return nil
	}
	return found
}

// getOpenIDConfiguration returns the configuration that a tool reads when it registers.
func (s *Server) getOpenIDConfiguration(w http.ResponseWriter, r *http.Request) {
	if s.findRegistration(w, r) == nil {
		return
	}
	writeJSON(w, r, example("openid_configuration.json", object{
		"issuer": s.issuer(), "authorization_endpoint": s.URL + "/api/lti/authorize_redirect", "registration_endpoint": s.URL + "/api/lti/registrations",
		"jwks_uri": s.URL + "/api/lti/security/jwks", "token_endpoint": s.URL + "/login/oauth2/token",
	}))
}

// postRegistration creates the tool of a registration. Like Canvas, it returns the registration with the client
// id, and no deployment id.
func (s *Server) postRegistration(w http.ResponseWriter, r *http.Request) {
	found := s.findRegistration(w, r)
	if found == nil {
		return
	}
	var sent object
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(body, &sent)
	}
	if err != nil || !isRegistration(sent) || r.Header.Get("Content-Type") != "application/json" {
		http.Error(w, `{"errorMessage":"the registration is not valid"}`, http.StatusUnprocessableEntity)
		return
	}
	conf := sent[toolConfigurationMember].(map[string]any)
	t := Tool{LoginURL: sent["initiate_login_uri"].(string), TargetLinkURI: conf["target_link_uri"].(string), RedirectURIs: texts(sent["redirect_uris"]), Custom: map[string]string{}}
	if fields, ok := conf["custom_parameters"].(map[string]any); ok && conf["https://canvas.instructure.com/lti/privacy_level"] == "public" {
		for name, value := range fields {
			t.Custom[name], _ = value.(string)
		}
	}
	t = s.installTool(t)
	found.tool = &t
	sent["client_id"] = t.ClientID
	writeJSON(w, r, sent)
}

// isRegistration reports whether a registration has the required members (doc/api/registration.md of Canvas).
func isRegistration(sent object) bool {
	for name, want := range map[string]string{"application_type": "web", "token_endpoint_auth_method": "private_key_jwt"} {
		if sent[name] != want {
			return false
		}
	}
	for name, want := range map[string][]string{"grant_types": {"client_credentials", "implicit"}, "response_types": {"id_token"}} {
		if got := texts(sent[name]); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
			return false
		}
	}
	conf, ok := sent[toolConfigurationMember].(map[string]any)
	if _, hasScope := sent["scope"].(string); !ok || !hasScope || sent["client_name"] == "" || len(texts(conf["claims"])) == 0 {
		return false
	}
	domain, _ := conf["domain"].(string)
	urls := append(texts(sent["redirect_uris"]), texts([]any{sent["initiate_login_uri"], sent["jwks_uri"], conf["target_link_uri"]})...)
	messages, _ := conf["messages"].([]any)
	return len(urls) >= 4 && len(messages) > 0 && domain != "" && !slices.ContainsFunc(urls, func(u string) bool { return !strings.Contains(u, "://"+domain+"/") })
}

// texts returns the strings in a JSON array.
func texts(value any) (list []string) {
	items, _ := value.([]any)
	for _, item := range items {
		if text, ok := item.(string); ok {
			list = append(list, text)
		}
	}
	return list
}
