package lti

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strings"
	"time"
)

// stateLifetime is the time from a login to its launch, in which Canvas may ask for a password.
const stateLifetime = 10 * time.Minute

// A state is what the server knows of a login when its launch comes back. It travels through the browser,
// sealed, so that a login writes nothing.
type state struct {
	Platform int64  `json:"p"`
	Nonce    string `json:"n"`
	// BindingHash is the SHA-256 of a secret that only the browser of the login has, in a cookie or in the
	// storage of the platform.
	BindingHash string    `json:"b"`
	Expires     time.Time `json:"e"`
}

const statePurpose = "state of an LTI launch"

// newState returns the state of a login with its sealed text and the secret of the browser.
func (t *Tool) newState(platform int64) (s state, sealed, binding string) {
	binding = rand.Text() + rand.Text()
	s = state{platform, rand.Text() + rand.Text(), bindingHash(binding), t.conf.Now().Add(stateLifetime).UTC()}
	return s, sealJSON(t.conf.Key, statePurpose, s), binding
}

// openState opens the text of newState.
func (t *Tool) openState(sealed string) (s state, err error) {
	if err := openJSON(t.conf.Key, statePurpose, sealed, &s); err != nil {
		return s, rejected("the state is not ours", err)
	}
	if !t.conf.Now().Before(s.Expires) {
		return s, errExpired
	}
	return s, nil
}

func bindingHash(binding string) string {
	sum := sha256.Sum256([]byte(binding))
	return hex.EncodeToString(sum[:])
}

// isBoundBy reports whether binding is the secret of the browser of the login.
func (s *state) isBoundBy(binding string) bool {
	return subtle.ConstantTimeCompare([]byte(bindingHash(binding)), []byte(s.BindingHash)) == 1
}

// cookieName is the name of the cookie with the secret. Each launch has its own, so that several tabs can
// launch at the same time.
func (s *state) cookieName(isHTTPS bool) string {
	name := "resultgraph_launch_" + s.BindingHash[:16]
	if isHTTPS {
		name = "__Host-" + name
	}
	return name
}

// setCookie sets the cookie of a state, or deletes it if binding is "".
func (s *state) setCookie(w http.ResponseWriter, base, binding string) {
	isHTTPS := strings.HasPrefix(base, "https://")
	c := &http.Cookie{
		Name: s.cookieName(isHTTPS), Value: binding, Path: "/", MaxAge: int(stateLifetime.Seconds()), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	if isHTTPS {
		c.Secure, c.Partitioned, c.SameSite = true, true, http.SameSiteNoneMode
	}
	if binding == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}
