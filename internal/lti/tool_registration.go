package lti

import "net/url"

// A toolRegistration describes this server to a platform, with the extensions of Canvas:
// https://www.imsglobal.org/spec/lti-dr/v1p0.
type toolRegistration struct {
	ApplicationType string            `json:"application_type"`
	GrantTypes      []string          `json:"grant_types"`
	ResponseTypes   []string          `json:"response_types"`
	LoginURL        string            `json:"initiate_login_uri"`
	RedirectURLs    []string          `json:"redirect_uris"`
	Name            string            `json:"client_name"`
	JWKSURL         string            `json:"jwks_uri"`
	AuthMethod      string            `json:"token_endpoint_auth_method"`
	Scope           string            `json:"scope"`
	Tool            toolConfiguration `json:"https://purl.imsglobal.org/spec/lti-tool-configuration"`
}

type toolConfiguration struct {
	Domain       string            `json:"domain"`
	Description  string            `json:"description"`
	TargetLink   string            `json:"target_link_uri"`
	Custom       map[string]string `json:"custom_parameters"`
	Claims       []string          `json:"claims"`
	Messages     []toolMessage     `json:"messages"`
	PrivacyLevel string            `json:"https://canvas.instructure.com/lti/privacy_level"` // anonymous by default
	ToolID       string            `json:"https://canvas.instructure.com/lti/tool_id"`
}

type toolMessage struct {
	Type           string   `json:"type"`
	TargetLink     string   `json:"target_link_uri"`
	Label          string   `json:"label"`
	Placements     []string `json:"placements"`
	DefaultEnabled bool     `json:"https://canvas.instructure.com/lti/course_navigation/default_enabled"`
	Visibility     string   `json:"https://canvas.instructure.com/lti/visibility"`
}

// newToolRegistration returns the registration of the server at a base URL. It asks for the same as the
// configuration for a developer key.
func newToolRegistration(base string) toolRegistration {
	domain := ""
	if u, err := url.Parse(base); err == nil {
		domain = u.Host
	}
	return toolRegistration{
		ApplicationType: "web", GrantTypes: []string{"client_credentials", "implicit"}, ResponseTypes: []string{"id_token"},
		LoginURL: base + loginPath, RedirectURLs: []string{base + launchPath}, Name: toolTitle, JWKSURL: base + keysPath,
		AuthMethod: "private_key_jwt", Scope: "",
		Tool: toolConfiguration{
			Domain: domain, Description: toolDescription, TargetLink: base + launchPath, Custom: customVariables,
			Claims: []string{"iss", "sub", "name", "given_name", "family_name"},
			Messages: []toolMessage{{
				Type: resourceLinkRequest, TargetLink: base + launchPath, Label: toolTitle, Placements: placements, Visibility: visibility,
			}},
			PrivacyLevel: privacyLevel, ToolID: toolID,
		},
	}
}
