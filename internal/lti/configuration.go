package lti

import (
	"encoding/json"
	"net/http"
	"net/url"
)

const (
	toolTitle       = "Momotor results"
	toolDescription = "Shows the results of Momotor for a course."
)

// serveConfig responds with the configuration that an administrator gives to Canvas for a developer key:
// https://developerdocs.instructure.com/services/canvas/external-tools/lti/file.lti_dev_key_config.
func (t *Tool) serveConfig(w http.ResponseWriter, r *http.Request) error {
	base := t.conf.BaseURL(r)
	u, err := url.Parse(base)
	if err != nil {
		return err
	}
	link := map[string]any{"message_type": "LtiResourceLinkRequest", "target_link_uri": base + launchPath, "text": toolTitle}
	placement := func(name string, more map[string]any) map[string]any {
		p := map[string]any{"placement": name, "enabled": true}
		for _, values := range []map[string]any{link, more} {
			for key, value := range values {
				p[key] = value
			}
		}
		return p
	}
	w.Header().Set("Content-Type", "application/json")
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(map[string]any{
		"title": toolTitle, "description": toolDescription, "oidc_initiation_url": base + loginPath, "target_link_uri": base + launchPath,
		"redirect_uris": []string{base + launchPath}, "public_jwk_url": base + keysPath,
		"scopes": []string{}, "custom_fields": customVariables,
		"extensions": []any{map[string]any{
			"platform": "canvas.instructure.com", "domain": u.Host, "privacy_level": "public", "tool_id": "resultgraph",
			"settings": map[string]any{"text": toolTitle, "placements": []any{
				placement("course_navigation", map[string]any{"default": "disabled", "visibility": "members"}),
				placement("assignment_selection", nil),
			}},
		}},
	})
}
