package lti

import "github.com/momotor/resultgraph/db"

// CloudHosts are the base URLs of the endpoints of Canvas in Instructure's cloud, by issuer.
var CloudHosts = map[string]string{
	"https://canvas.instructure.com":      "https://sso.canvaslms.com",
	"https://canvas.beta.instructure.com": "https://sso.beta.canvaslms.com",
	"https://canvas.test.instructure.com": "https://sso.test.canvaslms.com",
}

// accountOrigin returns the origin that the accounts of a platform have: that of its keys, or "" for the cloud,
// which signs for accounts with addresses of their own.
func accountOrigin(p *db.Platform) string {
	keys := db.Origin(p.JWKSURL)
	for issuer, host := range CloudHosts {
		if keys == issuer || keys == host {
			return ""
		}
	}
	return keys
}
