package lti

import (
	"encoding/json"
	"net/http"
	"net/url"
)

// The description of this server as a tool.
const (
	toolTitle           = "Momotor results"
	toolDescription     = "Shows the results of Momotor for a course."
	toolID              = "resultgraph"
	privacyLevel        = "public" // launches need the ids and names of people
	visibility          = "members"
	resourceLinkRequest = "LtiResourceLinkRequest"
	courseNavigation    = "course_navigation"
)

// placements are the places in Canvas that can open the tool. In the navigation of a course it is off until a
// teacher switches it on.
var placements = []string{courseNavigation, "assignment_selection"}

// serveConfig responds with the configuration that an administrator gives to Canvas for a developer key:
// https://developerdocs.instructure.com/services/canvas/external-tools/lti/file.lti_dev_key_config.
func (t *Tool) serveConfig(w http.ResponseWriter, r *http.Request) error {
	base := t.conf.BaseURL(r)
	u, err := url.Parse(base)
	if err != nil {
		return err
	}
	var placed []map[string]any
	for _, name := range placements {
		p := map[string]any{"placement": name, "enabled": true, "message_type": resourceLinkRequest, "target_link_uri": base + launchPath, "text": toolTitle}
		if name == courseNavigation {
			p["default"], p["visibility"] = "disabled", visibility
		}
		placed = append(placed, p)
	}
	w.Header().Set("Content-Type", "application/json")
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(map[string]any{
		"title": toolTitle, "description": toolDescription, "oidc_initiation_url": base + loginPath, "target_link_uri": base + launchPath,
		"redirect_uris": []string{base + launchPath}, "public_jwk_url": base + keysPath,
		"scopes": []string{}, "custom_fields": customVariables,
		"extensions": []any{map[string]any{
			"platform": "canvas.instructure.com", "domain": u.Host, "privacy_level": privacyLevel, "tool_id": toolID,
			"settings": map[string]any{"text": toolTitle, "placements": placed},
		}},
	})
}
