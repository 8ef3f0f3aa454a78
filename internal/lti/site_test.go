package lti_test

import (
	"bytes"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
	"github.com/momotor/resultgraph/internal/lti"
	"github.com/momotor/resultgraph/internal/page"
	"github.com/momotor/resultgraph/internal/seal"
	"github.com/momotor/resultgraph/internal/session"
)

// A site is a server with the routes of LTI. Browsers on this computer use it over HTTP.
type site struct {
	store  *db.Store
	clock  *canvastest.Clock
	url    string
	client *http.Client // follows no redirects
	log    *lockedBuffer
}

// secret is the key of all sites.
var secret = func() *seal.Key {
	key, err := seal.ParseKey(strings.Repeat("A", 43) + "=")
	if err != nil {
		panic(err)
	}
	return key
}()

// siteURL is the base URL of all sites, as if they were instances behind one proxy.
const siteURL = "http://localhost:8080"

// newSite starts a site. Changes are made to its configuration before the start.
func newSite(t *testing.T, store *db.Store, changes ...func(*lti.Config)) *site {
	t.Helper()
	s := &site{store: store, clock: canvastest.NewClock(time.Now().Truncate(time.Second)), log: &lockedBuffer{}}
	s.client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	log := slog.New(slog.NewTextHandler(s.log, nil))
	frames := &lti.Frames{Store: store, Now: s.clock.Now, Log: log}
	conf := lti.Config{
		Store: store, Pages: &page.Writer{Frames: frames.Origins, Log: log}, Frames: frames, Key: secret,
		BaseURL: func(*http.Request) string { return siteURL }, Transport: lti.NewTransport([]string{"127.0.0.1"}, nil), Timeout: time.Minute,
		Now: s.clock.Now, Log: log,
		Sessions: session.New(session.Config{
			Store: store, Lifetime: time.Hour, Idle: time.Hour, IsHTTPS: func(*http.Request) bool { return false }, Now: s.clock.Now, Log: log,
		}),
	}
	for _, change := range changes {
		change(&conf)
	}
	r := chi.NewRouter()
	lti.New(conf).Mount(r)
	srv := httptest.NewServer(r)
	t.Cleanup(srv.Close)
	s.url = srv.URL
	return s
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String returns what was written.
func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// A response is a response of a site.
type response struct {
	status  int
	header  http.Header
	cookies []*http.Cookie
	body    string
}

func (s *site) send(t *testing.T, r *http.Request) response {
	t.Helper()
	res, err := s.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response{res.StatusCode, res.Header, res.Cookies(), string(body)}
}

// start sends a request in the background. The channel receives the status of the response, or 0 if there is
// none.
func (s *site) start(r *http.Request) <-chan int {
	done := make(chan int, 1)
	go func() {
		res, err := s.client.Do(r)
		if err != nil {
			done <- 0
			return
		}
		res.Body.Close()
		done <- res.StatusCode
	}()
	return done
}

func (s *site) get(t *testing.T, path string) response {
	t.Helper()
	return s.send(t, newRequest(t, http.MethodGet, s.url+path, ""))
}

// post sends a form as a page of another origin does.
func (s *site) post(t *testing.T, path string, form url.Values, cookies []*http.Cookie) response {
	t.Helper()
	return s.send(t, s.postRequest(t, path, form, cookies))
}

func (s *site) postRequest(t *testing.T, path string, form url.Values, cookies []*http.Cookie) *http.Request {
	t.Helper()
	r := newRequest(t, http.MethodPost, s.url+path, form.Encode())
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.Header.Set("Origin", "https://canvas.example")
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return r
}

// lastLog returns the last line of the log.
func (s *site) lastLog() string {
	lines := strings.Split(strings.TrimSpace(s.log.String()), "\n")
	return lines[len(lines)-1]
}

func newRequest(t *testing.T, method, url, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A login is a login that waits for its launch.
type login struct {
	auth    url.Values // the authentication request
	cookies []*http.Cookie
}

// login sends a login without the storage of the platform.
func (s *site) login(t *testing.T, values url.Values) login {
	t.Helper()
	values.Del("lti_storage_target")
	r := s.post(t, "/lti/login", values, nil)
	u, err := url.Parse(r.header.Get("Location"))
	if err != nil || r.status != http.StatusFound {
		t.Fatalf("the login = %d %s %v", r.status, r.body, err)
	}
	return login{u.Query(), r.cookies}
}

var formField = regexp.MustCompile(`name="([^"]*)" value="([^"]*)"`)

// enter logs in and launches as a browser does when Canvas has started a launch.
func (s *site) enter(t *testing.T, c *canvastest.Server, start url.Values) response {
	t.Helper()
	l := s.login(t, start)
	form := url.Values{}
	for _, m := range formField.FindAllStringSubmatch(s.send(t, newRequest(t, http.MethodGet, c.URL+"/api/lti/authorize_redirect?"+l.auth.Encode(), "")).body, -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	return s.post(t, "/lti/launch", form, l.cookies)
}

// count returns the number of rows of a table.
func count(t *testing.T, store *db.Store, table string) (n int) {
	t.Helper()
	if err := store.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func newSQLiteSite(t *testing.T, changes ...func(*lti.Config)) *site {
	t.Helper()
	return newSite(t, dbtest.NewSQLite(t), changes...)
}
