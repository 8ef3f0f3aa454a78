package lti

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/seal"
	"github.com/momotor/resultgraph/internal/session"
)

// A registrationLink allows the Canvas with an issuer to register this server once. It travels in a URL,
// sealed; the store records its id when it was used.
type registrationLink struct {
	ID      string    `json:"i"`
	Issuer  string    `json:"s"`
	Expires time.Time `json:"e"`
}

const linkPurpose = "link for an LTI registration"

var (
	errNoLink   = fault.New(fault.Forbidden, "The registration link is not valid or has expired: ask an administrator of this server for a new one.")
	errLinkUsed = fault.New(fault.Forbidden, "The registration link was used before: ask an administrator of this server for a new one.")
)

// NewRegistrationURL returns the URL that registers the server at a base URL in the Canvas with an issuer. It
// works once, until it expires.
func NewRegistrationURL(base string, key *seal.Key, issuer string, expires time.Time) string {
	l := registrationLink{rand.Text(), issuer, expires.UTC().Truncate(time.Microsecond)}
	return base + registerPath + "?link=" + sealJSON(key, linkPurpose, l)
}

// openLink opens the link of NewRegistrationURL.
func (t *Tool) openLink(sealed string) (l registrationLink, err error) {
	if err := openJSON(t.conf.Key, linkPurpose, sealed, &l); err != nil || !t.conf.Now().Before(l.Expires) {
		return l, errNoLink
	}
	return l, nil
}

// CheckURL fails for a URL of a platform that is not https. A Canvas on this computer may have http.
func CheckURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Host == "", u.User != nil, u.Fragment != "":
		return fmt.Errorf("%q must be a URL such as https://canvas.example.edu", text)
	case u.Scheme != "https" && (u.Scheme != "http" || !session.IsLocalHost(u.Host)):
		return fmt.Errorf("%q must be https", text)
	}
	return nil
}

// errOtherHost is the error for a configuration that is not on the host of the issuer.
var errOtherHost = errors.New("the configuration is not on the host of the issuer")
