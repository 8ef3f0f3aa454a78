package canvas_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
)

// TestTokenExpires asserts that a token that expires in the middle of a list is renewed, without
// missing or duplicate rows.
func TestTokenExpires(t *testing.T) {
	t.Parallel()
	sc := newFixture(t, canvastest.WithPageSize(2))
	var got []canvas.ID
	for s, err := range sc.Submissions(t.Context(), sc.course, sc.assignment) {
		must(t, err)
		if got = append(got, s.UserID); len(got) == 1 {
			sc.ExpireToken()
		}
	}
	if !slices.Equal(got, sc.students) || sc.tokens.renewed != 1 {
		t.Errorf("Submissions = %v with %d new tokens, want %v with 1", got, sc.tokens.renewed, sc.students)
	}
	sc.clock.Advance(time.Hour)
	sc.upload(t, nil, sc.assignment, map[canvas.ID]canvas.Grade{sc.students[0]: {Comment: "Once"}})
	if n := len(sc.Grade(int64(sc.students[0]), int64(sc.assignment)).Comments); n != 1 || sc.tokens.renewed != 2 {
		t.Errorf("%d comments with %d new tokens, want 1 with 2", n, sc.tokens.renewed)
	}
}

// invalidTokens has only invalid tokens, also after a renewal.
type invalidTokens struct{ renewed int }

func (u *invalidTokens) Token(context.Context) (string, error) { return "invalid", nil }

func (u *invalidTokens) Renew(context.Context, string) (string, error) {
	u.renewed++
	return "invalid too", nil
}

func TestInvalidToken(t *testing.T) {
	t.Parallel()
	sc := newFixture(t)
	base, err := url.Parse(sc.URL)
	must(t, err)
	u := &invalidTokens{}
	_, err = canvas.New(base, u).Course(t.Context(), sc.course)
	wantKind(t, "Course after a renewal without effect", err, canvas.ErrUnauthorized)
	if u.renewed != 1 {
		t.Errorf("renewed %d times, want once", u.renewed)
	}
	_, err = canvas.New(base, canvastest.FixedToken("old")).Course(t.Context(), sc.course)
	wantKind(t, "Course with a fixed token", err, canvas.ErrUnauthorized)
	_, err = canvas.New(base, canvastest.FixedToken("")).Course(t.Context(), sc.course)
	wantKind(t, "Course without a token", err, canvas.ErrUnauthorized)

	sc.InjectFault(canvastest.Match{}, canvastest.Fault{Kind: canvastest.MissingScopes})
	_, err = sc.Course(t.Context(), sc.course)
	wantKind(t, "Course without a scope", err, canvas.ErrForbidden)

	sc.RevokeToken()
	_, err = sc.Course(t.Context(), sc.course)
	wantKind(t, "Course with a revoked token", err, canvas.ErrUnauthorized)
	if sc.tokens.renewed != 0 {
		t.Errorf("renewed %d times, want never, because no token has expired", sc.tokens.renewed)
	}
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	fake := canvastest.New(t)
	base, err := url.Parse(fake.URL)
	must(t, err)
	at := func() time.Time { return noon }
	old := fake.Token()
	g, err := canvas.Refresh(t.Context(), http.DefaultClient, base, fake.ClientID, fake.ClientSecret, fake.RefreshToken, at)
	if err != nil || g.AccessToken != fake.Token() || g.AccessToken == old || g.RefreshToken != fake.RefreshToken || !g.ExpiresAt.Equal(noon.Add(time.Hour)) {
		t.Errorf("Refresh = %s, %v", g, err)
	}
	_, err = canvas.Refresh(t.Context(), http.DefaultClient, base, fake.ClientID, "wrong", fake.RefreshToken, at)
	wantKind(t, "Refresh with a wrong secret", err, canvas.ErrUnauthorized)
	_, err = canvas.Refresh(t.Context(), http.DefaultClient, base, fake.ClientID, fake.ClientSecret, "wrong", at)
	wantKind(t, "Refresh with a wrong token", err, canvas.ErrUnauthorized)
	fake.InjectFault(canvastest.Match{}, canvastest.Fault{Kind: canvastest.BadGateway})
	_, err = canvas.Refresh(t.Context(), http.DefaultClient, base, fake.ClientID, fake.ClientSecret, fake.RefreshToken, at)
	wantKind(t, "Refresh through a broken proxy", err, canvas.ErrUnreachable)

	// A redirect is not followed, because it would send the secrets to another URL.
	followed := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed = true }))
	t.Cleanup(other.Close)
	redirects := httptest.NewServer(http.RedirectHandler(other.URL+"/?secret=1", http.StatusTemporaryRedirect))
	t.Cleanup(redirects.Close)
	base, err = url.Parse(redirects.URL)
	must(t, err)
	_, err = canvas.Refresh(t.Context(), http.DefaultClient, base, "1", "s", "r", at)
	wantKind(t, "Refresh at a redirect", err, canvas.ErrUnreachable)
	if followed {
		t.Error("Refresh followed a redirect")
	}
}

// TestErrorsAndLogHaveNoSecrets asserts that neither the log nor an error has a token, a query
// string, the path of a file on another host or data of students.
func TestErrorsAndLogHaveNoSecrets(t *testing.T) {
	t.Parallel()
	sc := newFixture(t)
	var log bytes.Buffer
	logger := canvas.WithLog(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	client, shortTimeout := sc.client(t, logger), sc.client(t, logger, canvas.WithTimeout(10*time.Millisecond))
	file := sc.submitFile(t, []byte("answer = 42"))
	_, err := client.Download(t.Context(), file, io.Discard, 100)
	errs := []error{err}
	for _, f := range append(faults, struct {
		name string
		canvastest.Fault
	}{"scopes", canvastest.Fault{Kind: canvastest.MissingScopes}}) {
		c := client
		if f.Kind == canvastest.Stall {
			c = shortTimeout
		}
		sc.InjectFault(canvastest.Match{Times: -1}, f.Fault)
		_, err := drain(c.Submissions(t.Context(), sc.course, sc.assignment))
		errs = append(errs, err)
		_, err = c.Download(t.Context(), file, io.Discard, 100)
		errs = append(errs, err)
		_, err = c.UpdateGrades(t.Context(), sc.course, nil, sc.assignment, map[canvas.ID]canvas.Grade{sc.students[0]: {Comment: "Private"}})
		errs = append(errs, err)
		sc.ClearFaults()
	}
	sc.RevokeToken()
	_, err = client.Course(t.Context(), sc.course)
	errs = append(errs, err)
	sc.Close()
	_, err = client.Download(t.Context(), file, io.Discard, 100)
	errs = append(errs, err)
	_, err = sc.tokens.Renew(t.Context(), "")
	errs = append(errs, err)

	g := canvas.Grant{AccessToken: sc.tokens.access, RefreshToken: sc.RefreshToken}
	slog.New(slog.NewJSONHandler(&log, nil)).Info("a grant", "grant", g)
	output := log.String() + fmt.Sprint(errs) + fmt.Sprintf("%v %+v %#v", g, g, g)
	for _, secret := range []string{sc.tokens.access, sc.ClientSecret, sc.RefreshToken, "verifier", "signed", "signature", "oauth2", "Private", "include", "Student 1"} {
		if strings.Contains(output, secret) {
			t.Errorf("%q is in the log or an error:\n%s", secret, output)
		}
	}
	for _, want := range []string{"method=GET", "path=/api/v1/courses/", "status=500", "remaining=", "cost=1", "ms="} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, log.String())
		}
	}
}
