package rest

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/fault"
	"github.com/momotor/resultgraph/internal/importer"
)

// Unknown and malformed ids are 404, malformed requests are 400, and no request is a 500.
func TestInvalidRequests(t *testing.T) {
	t.Parallel()
	const course, result = "/lti/api/account/1/course/1001/", "/lti/api/account/1/course/1001/assignment/501/result/"
	const notFound, invalidSection = `{"detail":"Not found."}`, `{"section":["A valid integer is required."]}`
	const noKey = `{"detail":"Authentication credentials were not provided."}`
	const thirtyDigits = "123456789012345678901234567890"
	cases := []struct {
		method, path string
		headers      []string
		status       int
		body         string // the whole body, "" for any
	}{
		{"GET", "/lti/api/account/x/", nil, 404, notFound},
		{"GET", "/lti/api/account/-1/", nil, 404, notFound},
		{"GET", "/lti/api/account/" + thirtyDigits + "/", nil, 404, notFound},
		{"GET", "/lti/api/account/%D9%A1/", nil, 404, notFound}, // an Arabic 1
		{"GET", "/lti/api/account//", nil, 404, notFound},
		{"GET", "/lti/api/account/%00/", nil, 404, notFound},
		{"GET", "/lti/api/account/1%00/", nil, 404, notFound},
		{"GET", "/lti/api/account/1.0/", nil, 404, notFound},
		{"GET", "/lti/api/account/0x1/", nil, 404, notFound},
		{"GET", "/lti/api/account/1_0/", nil, 404, notFound},
		{"GET", "/lti/api/account/%201/", nil, 404, notFound},
		{"GET", "/lti/api/account/%FF/", nil, 404, notFound},
		{"GET", "/lti/api/account/x/course/", nil, 404, notFound},
		{"GET", "/lti/api/account/999/course/", nil, 200, "[]"},
		{"GET", course + "assignment/" + thirtyDigits + "/result/", nil, 404, notFound},
		{"GET", course + "user/9223372036854775807/result/", nil, 200, "[]"},
		{"GET", course + "user/9001/", nil, 200, `{"canvas_id":9001,"login_id":null,"name":"Zoë Åström","sections":[11],"sortable_name":"Åström, Zoë"}`},
		{"GET", result + "9001/attempt/2147483648/", nil, 404, notFound},
		{"GET", result + "9001/attempt/0/", nil, 404, notFound},
		{"GET", result + "9001/step/unit.test/", nil, 200, ""},
		{"GET", result + "9001/step/a%00b/", nil, 404, notFound},
		{"GET", result + "9001/step/%FF/", nil, 404, notFound},
		{"GET", result + "9001/step/%2E%2E/", nil, 404, notFound},
		{"GET", result + "9001/step/a%2Fb/", nil, 404, notFound},
		{"GET", result + "9001/bundle/%2E%2E/%2E%2E/etc/passwd/", nil, 404, notFound},
		{"GET", result + "9001/bundle//", nil, 404, notFound},
		{"GET", result + "9001/bundle/%00/", nil, 404, notFound},
		{"GET", "/lti/api/account/0001/", nil, 200, ""},
		{"GET", "/lti/api/account/+1/", nil, 200, ""},
		{"GET", "/lti/api/account%2F1/", nil, 200, ""},
		{"GET", "/lti/api/account/%zz/", nil, 400, ""},
		{"GET", "/lti/api/account/%", nil, 400, ""},

		{"GET", result + "?section=12", nil, 200, ""},
		{"GET", result + "?section=+12.0+", nil, 200, ""},
		{"GET", result + "?section=&x=%zz&y=a;b", nil, 200, ""},
		{"GET", result + "?section=" + thirtyDigits, nil, 200, "[]"},
		{"GET", result + "?section=" + strings.Repeat("1", 1000), nil, 200, "[]"},
		{"GET", result + "?section=" + strings.Repeat("1", 1001), nil, 400, `{"section":["String value too large."]}`},
		{"GET", result + "?section=999+.0", nil, 200, "[]"},
		{"GET", result + "?section=.0", nil, 400, invalidSection},
		{"GET", result + "?section=+", nil, 400, invalidSection},
		{"GET", result + "?section=-1", nil, 200, "[]"},
		{"GET", result + "?section=12&section=x", nil, 400, invalidSection},
		{"GET", result + "?section=1.5", nil, 400, invalidSection},
		{"GET", result + "?section=%00", nil, 400, invalidSection},
		{"GET", result + "?section=%zz", nil, 400, invalidSection},
		{"GET", result + "?section=%D9%A1", nil, 400, invalidSection},
		{"GET", result + "?account_pk=2&first=0&unknown", nil, 200, ""},

		{"GET", "/lti/api/account/?format=xml", nil, 404, notFound},
		{"GET", "/lti/api/account/?format=", nil, 200, ""},
		{"GET", result + "csv/?format=csv", nil, 404, notFound},
		{"GET", "/lti/api/account/", []string{"Authorization: Api-Key " + sampleKey}, 403, ""}, // a repeated header
		{"GET", "/lti/api/account/", []string{"Accept:"}, 406, `{"detail":"Could not satisfy the request Accept header."}`},
		{"GET", "/lti/api/account/", []string{"Accept: text/html"}, 406, ""},
		{"GET", "/lti/api/account/", []string{"Accept: text/html, */*;q=0.1"}, 200, ""},
		{"GET", "/lti/api/account/", []string{"Accept: application/*"}, 200, ""},
		{"GET", "/lti/api/account/", []string{"Accept: text/csv"}, 406, ""},
		{"GET", result + "csv/", []string{"Accept: text/csv"}, 200, ""},
		{"GET", result + "9001/basic_bundle/", []string{"Accept: application/zip"}, 200, ""},
		{"GET", result + "9001/attempt/", []string{"Accept: application/json; indent=1000"}, 200, ""},
		{"GET", "/lti/api/account/999/", []string{"Accept: application/json; indent=2"}, 404, "{\n  \"detail\": \"Not found.\"\n}"},
		{"GET", result + "?section=999", []string{"Accept: application/json; indent=2"}, 200, "[]"},
		{"GET", "/lti/api/account/", []string{"X-Long: " + strings.Repeat("x", 100<<10)}, 431, ""},

		{"PUT", course + "assignment/501", nil, 200, ""}, // the slash may be missing
		{"DELETE", course + "assignment/501", nil, 405, `{"detail":"Method \"DELETE\" not allowed."}`},
		{"DELETE", course + "user/prefs/", nil, 403, noKey}, // every method of the resource needs a signed-in person
		{"OPTIONS", course + "user/state/", nil, 403, noKey},
		{"HEAD", course + "user/state/", nil, 403, ""},
		{"GET", "/lti/api/account?a=1&b=%20", nil, 301, ""},
		{"HEAD", result + "9001/bundle/a%20b", nil, 301, ""},
		{"GET", "/lti/api", nil, 404, notFound},
		{"GET", "/", nil, 404, notFound},
	}
	address := serveRecordedData(t, dbtest.NewSQLite(t), "testdata/wire").Listener.Addr().String()
	for _, c := range cases {
		got := sendRaw(t, address, c.method, rawRequest(c.method, c.path, sampleKey, c.headers...))
		if got.status != c.status || c.body != "" && got.text != c.body {
			t.Errorf("%s %.200s = %d %.300s, want %d %s", c.method, c.path, got.status, got.text, c.status, c.body)
		}
	}
	for path, want := range map[string]string{
		"/lti/api/account?a=1&b=%20":    "/lti/api/account/?a=1&b=%20",
		"/lti/api/account?a=é":          "/lti/api/account/?a=%C3%A9",
		result + "9001/bundle/a%20b%3F": result + "9001/bundle/a%20b%3F/",
	} {
		got := sendRaw(t, address, "GET", rawRequest("GET", path, ""))
		if location := got.header.Get("Location"); location != want {
			t.Errorf("GET %s redirects to %q, want %q", path, location, want)
		}
	}
}

// A 401 has the header WWW-Authenticate. The response is the same for every invalid key.
func TestAuthFailure(t *testing.T) {
	t.Parallel()
	log := new(logBuffer)
	keys := &access.Authenticator{Keys: noKeys{}, Throttle: access.NewThrottle(time.Now), Now: time.Now, Log: logger(log)}
	for status, challenge := range map[int]string{0: "", 403: "", 401: "Api-Key"} { // 0 is the default
		api := newAPI(t)
		api.conf.Keys, api.conf.Log = keys, logger(log)
		if status != 0 {
			api.conf.AuthFailureStatus = status
		}
		for _, key := range []string{"", "Api-Key unknown.secret", "Bearer x"} {
			r := httptest.NewRequest("GET", "/lti/api/account/", http.NoBody)
			r.Header.Set("Authorization", key)
			w := httptest.NewRecorder()
			api.ServeHTTP(w, r)
			const body = `{"detail":"Authentication credentials were not provided."}`
			if w.Code != api.conf.AuthFailureStatus || w.Header().Get("WWW-Authenticate") != challenge || w.Body.String() != body {
				t.Errorf("AuthFailureStatus %d, Authorization %q = %d, headers %v, %s, want WWW-Authenticate %q, %s", status, key, w.Code, w.Header(), w.Body, challenge, body)
			}
		}
	}
}

// closedKeys is a key store that finds the context of every request ended.
type closedKeys struct{ noKeys }

func (closedKeys) KeyByPrefix(context.Context, string) (access.KeyRecord, error) {
	return access.KeyRecord{}, context.Canceled
}

// A client that closes its request during authentication leaves no error in the log.
func TestRequestClosedWhileAuthenticating(t *testing.T) {
	t.Parallel()
	log := new(logBuffer)
	api := newAPI(t)
	api.conf.Log = logger(log)
	api.conf.Keys = &access.Authenticator{Keys: closedKeys{}, Throttle: access.NewThrottle(time.Now), Now: time.Now, Log: logger(log)}
	r := httptest.NewRequest("GET", "/lti/api/account/", http.NoBody)
	r.Header.Set("Authorization", "Api-Key unknownK.secret")
	w := httptest.NewRecorder()
	if api.ServeHTTP(w, r); w.Code != 499 || log.String() != "" {
		t.Errorf("the status is %d and the log %q, want 499 and nothing", w.Code, log.String())
	}
}

// A panic is logged. A panic before the first byte of the response is a 500. A later panic ends the
// connection.
func TestPanic(t *testing.T) {
	t.Parallel()
	for _, started := range []bool{false, true} {
		log := new(logBuffer)
		ar := &apiRequest{conf: &Config{Log: logger(log)}}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ar.respond(w, r, func(w http.ResponseWriter) error {
				if started {
					_, _ = io.WriteString(w, "[1")
					_ = http.NewResponseController(w).Flush()
				}
				panic("secret")
			})
		}))
		t.Cleanup(server.Close)
		res, err := http.Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		switch {
		case !started && (res.StatusCode != 500 || string(body) != `{"detail":"A server error occurred."}`):
			t.Errorf("panic before the response = %d %s, want 500 A server error occurred.", res.StatusCode, body)
		case started && (string(body) != "[1" || !errors.Is(err, io.ErrUnexpectedEOF)):
			t.Errorf("panic during the response = %s, %v, want [1 and a broken connection", body, err)
		}
		server.Close() // the log is complete now
		if !strings.Contains(log.String(), "secret") {
			t.Errorf("log = %s, want the panic", log)
		}
	}
}

// A key for another course cannot read this course on any route.
func TestKeyOfOtherCourse(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, s *db.Store) {
		server := serveRecordedData(t, s, "testdata/wire")
		key := createKey(t, s, `["guid2", 2001]`)
		for _, doc := range contractRoutes(t) {
			path := exampleURL(doc.Path, "9001")
			got := sendRaw(t, server.Listener.Addr().String(), doc.Method, rawRequest(doc.Method, path, key))
			want := `{"detail":"Not found."}`
			switch {
			case doc.Path == "/lti/api/account/":
				want = `[{"base_url":"https://other.example.edu","canvas_guid":"guid2","id":2,"name":"Other"}]`
			case got.status == http.StatusNotImplemented || strings.HasSuffix(doc.Path, "prefs/") || strings.HasSuffix(doc.Path, "state/"):
				continue
			case len(doc.Response) > 0 && strings.HasPrefix(doc.Response[0].path, "[]"):
				want = "[]"
			}
			if got.text != want {
				t.Errorf("%s %s = %d %s, want %s", doc.Method, path, got.status, got.text, want)
			}
		}
	})
}

// createKey creates a key for a course. The course is a JSON array: the GUID of its account and its
// Canvas id.
func createKey(t testing.TB, s *db.Store, course string) string {
	t.Helper()
	key, err := access.NewKey(strings.NewReader(strings.Repeat("outsider", 100)))
	if err != nil {
		t.Fatal(err)
	}
	line := `{"type":"api_key","prefix":"` + key.Prefix() + `","hashed_key":"` + key.Hash() +
		`","name":"outsider","created":"2026-01-01T00:00:00Z","revoked":false,"courses":[` + course + `]}`
	im := importer.Importer{Store: s, Now: func() time.Time { return noon }, Log: slog.New(slog.DiscardHandler)}
	report, err := im.Run(t.Context(), fstest.MapFS{importer.Manifest: {Data: []byte(line)}})
	if err != nil || report.RejectedLines() > 0 {
		t.Fatalf("import a key: %v; rejected: %v", err, report.Rejections)
	}
	return key.Reveal()
}

// An error has the documented message and the status of its kind.
func TestWriteError(t *testing.T) {
	t.Parallel()
	cases := []struct {
		err    error
		status int
		body   string
	}{
		{fault.NotFound, 404, `{"detail":"Not found."}`},
		{fault.Forbidden, 403, `{"detail":"You do not have permission to perform this action."}`},
		{fault.New(fault.Conflict, "a < b"), 409, `{"detail":"a < b"}`},
		{fault.New(fault.Gone, "Full bundle is gone"), 410, `{"detail":"Full bundle is gone"}`},
		{&fault.Error{Kind: fault.RateLimited, RetryAfter: 899500 * time.Millisecond}, 429, `{"detail":"Request was throttled. Expected available in 900 seconds."}`},
		{&fault.Error{Kind: fault.RateLimited, RetryAfter: time.Second}, 429, `{"detail":"Request was throttled. Expected available in 1 second."}`},
		{&fault.Error{Kind: fault.BadInput, Fields: map[string][]string{"paused": {"Must be a valid boolean."}}}, 400, `{"paused":["Must be a valid boolean."]}`},
		{errors.New("the password is x"), 500, `{"detail":"A server error occurred."}`},
	}
	for _, c := range cases {
		w, ar := httptest.NewRecorder(), &apiRequest{conf: &Config{AuthFailureStatus: 403, Log: logger(new(logBuffer))}}
		ar.writeError(w, httptest.NewRequest("GET", "/", http.NoBody), c.err)
		if w.Code != c.status || w.Body.String() != c.body {
			t.Errorf("writeError(%v) = %d %s, want %d %s", c.err, w.Code, w.Body, c.status, c.body)
		}
	}
}
