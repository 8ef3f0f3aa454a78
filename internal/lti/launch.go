package lti

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/change"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/session"
)

// clockSkew is the maximum difference between the clocks of this server and of a platform.
const clockSkew = time.Minute

// maxTokenAge is the maximum age of a token, which is made at the end of a login.
const maxTokenAge = time.Hour

// platformErrors are the messages for the errors that a platform sends in place of a launch.
var platformErrors = map[string]string{
	"login_required":         "Canvas does not know you any more: sign in to Canvas, and open the tool again.",
	"launch_no_longer_valid": "The launch took too long: open the tool in Canvas again.",
	"unauthorized_client":    "Canvas does not allow this tool here: ask an administrator to check its developer key and deployment.",
}

var errAnonymous = fault.New(fault.Forbidden, "Canvas does not say who you are: ask an administrator to set the privacy level of the tool to public, and to add its custom fields.")

// serveLaunch answers the form that Canvas sends at the end of a login. Without the cookie of the login, a
// page asks the storage of the platform for its secret.
func (t *Tool) serveLaunch(w http.ResponseWriter, r *http.Request) error {
	if code := r.PostForm.Get("error"); code != "" {
		return platformError(code)
	}
	s, err := t.openState(r.PostForm.Get("state"))
	if err != nil {
		return err
	}
	base := t.conf.BaseURL(r)
	cookie, err := r.Cookie(s.cookieName(strings.HasPrefix(base, "https://")))
	if err == nil && s.isBoundBy(cookie.Value) {
		return t.finish(w, r, s, "../app")
	}
	return t.writeCheck(w, r, s)
}

func platformError(code string) error {
	if message := platformErrors[code]; message != "" {
		return fault.New(fault.Forbidden, message)
	}
	return rejected("the platform reports an error", errors.New(code))
}

// writeCheck writes the page that asks the storage of the platform.
func (t *Tool) writeCheck(w http.ResponseWriter, r *http.Request, s state) error {
	p, err := t.loadPlatform(r.Context(), s)
	if err != nil {
		return err
	}
	return writeScript(t.pagesFor(p), w, r, checkTemplate, storagePage{
		Target: r.PostForm.Get("lti_storage_target"), Origin: db.Origin(p.AuthURL), Key: storageKey(s), TargetLink: t.conf.BaseURL(r) + launchPath,
		IDToken: r.PostForm.Get("id_token"), State: r.PostForm.Get("state"),
	})
}

// serveStored answers the form of that page. Only a page of this server may send it: another site could have
// started the login itself, and would know the secret.
func (t *Tool) serveStored(w http.ResponseWriter, r *http.Request) error {
	if r.Header.Get("Origin") == "" && r.Header.Get("Sec-Fetch-Site") == "" {
		return access.ErrCrossOrigin
	}
	if err := t.conf.Sessions.CheckOrigin(r); err != nil {
		return err
	}
	s, err := t.openState(r.PostForm.Get("state"))
	if err != nil {
		return err
	}
	if !s.isBoundBy(r.PostForm.Get("stored")) {
		return rejected("the launch belongs to another browser", nil)
	}
	return t.finish(w, r, s, "../../app")
}

// loadPlatform returns the registration of a login, which may have been removed since.
func (t *Tool) loadPlatform(ctx context.Context, s state) (*db.Platform, error) {
	p, err := t.conf.Store.LoadPlatform(ctx, s.Platform)
	if errors.Is(err, fault.NotFound) {
		return nil, errNoTool
	}
	return p, err
}

// finish checks the token of a launch, records the launch, signs the person in and redirects to the assignment
// or course of the launch in the app, whose relative URL is app.
func (t *Tool) finish(w http.ResponseWriter, r *http.Request, s state, app string) error {
	p, err := t.loadPlatform(r.Context(), s)
	if err != nil {
		return err
	}
	c, err := t.verify(r, s, p)
	if err != nil {
		return err
	}
	l, err := launchOf(c, s, p)
	if err != nil {
		return err
	}
	var done change.Launched
	err = change.InTx(r.Context(), t.conf.Store, t.conf.Now(), func(ctx context.Context, tx *change.Tx) (err error) {
		done, err = tx.Launch(ctx, l)
		return err
	})
	if err != nil {
		return err
	}
	if p.AwaitsDeployment {
		t.conf.Frames.Forget()
	}
	person := session.Person{
		UserID:        done.UserID,
		IsStudentView: c.isStudentView(), ActingUser: c.text(fieldActingUser),
	}
	if err := t.conf.Sessions.SignIn(w, r, person); err != nil {
		return err
	}
	s.setCookie(w, t.conf.BaseURL(r), "")
	w.Header().Set("Location", app+place(done))
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// place returns the query of the app for the place of a launch.
func place(l change.Launched) string {
	switch {
	case l.AssignmentID != 0:
		return "?assignment=" + (&db.Assignment{CourseID: l.CourseID, MomotorID: l.AssignmentID}).ID()
	case l.CourseID != 0:
		return "?course=" + (&db.Course{MomotorID: l.CourseID}).ID()
	}
	return ""
}

// verify checks the token of a launch from a platform and returns its claims.
func (t *Tool) verify(r *http.Request, s state, p *db.Platform) (*claims, error) {
	now := t.conf.Now()
	verifier := oidc.NewVerifier(p.Issuer, t.keys.of(p.JWKSURL), &oidc.Config{
		ClientID: p.ClientID, SupportedSigningAlgs: []string{oidc.RS256}, Now: func() time.Time { return now.Add(-clockSkew) },
	})
	token, err := verifier.Verify(r.Context(), r.PostForm.Get("id_token"))
	if err != nil {
		return nil, rejected("the token is not valid", err)
	}
	c := &claims{}
	switch err := token.Claims(c); {
	case err != nil:
		return nil, rejected("the claims are malformed", err)
	case subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(s.Nonce)) != 1:
		return nil, rejected("the nonce is that of another login", nil)
	case token.IssuedAt.After(now.Add(clockSkew)), now.Sub(token.IssuedAt) > maxTokenAge+clockSkew:
		return nil, rejected("the token is from another time", nil)
	}
	if err := c.check(p.ClientID, token.Audience, t.conf.BaseURL(r)); err != nil {
		return nil, rejected("a claim is wrong", err)
	}
	return c, nil
}

// launchOf returns what a launch from a platform says. It fails if it does not say who the person is in Canvas.
func launchOf(c *claims, s state, p *db.Platform) (*change.Launch, error) {
	user := c.id(fieldUserID)
	if user == 0 {
		return nil, errAnonymous
	}
	l := &change.Launch{
		PlatformID: s.Platform, DeploymentID: c.DeploymentID, Subject: c.Subject,
		Nonce: s.Nonce, NonceExpires: s.Expires.Add(clockSkew), // the clocks of instances differ
		Account:       db.Account{CanvasGUID: c.Platform.GUID, BaseURL: c.baseURL(), Name: c.Platform.Name},
		AccountOrigin: accountOrigin(p),
		UserID:        user, Name: c.Name, SortableName: c.sortableName(), LoginID: c.text(fieldLogin),
		CourseID: c.id(fieldCourseID), CourseCode: c.Context.Label, CourseName: c.text(fieldCourseName), AssignmentID: c.id(fieldAssignment),
		Roles: c.roles(),
	}
	if l.CourseName == "" {
		l.CourseName = c.Context.Title
	}
	l.SectionIDs, l.SectionsKnown = c.sections()
	return l, nil
}

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
