package canvas_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/momotor/resultgraph/internal/addressguard/dnstest"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
)

// A fileServer is an https server for canvas.example.com and, with its port, files.example.com. Its
// client believes canvas.example.com at a public address. The path of a request selects the
// response.
type fileServer struct {
	*httptest.Server
	mu          sync.Mutex
	requests    []string
	connections int
}

func newFileServer(t *testing.T) *fileServer {
	t.Helper()
	w := &fileServer{}
	w.Server = httptest.NewUnstartedServer(http.HandlerFunc(w.serve))
	w.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if state == http.StateNew {
			w.connections++
		}
	}
	w.StartTLS()
	t.Cleanup(w.Close)
	return w
}

func (w *fileServer) serve(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	w.requests = append(w.requests, r.Host+r.URL.Path)
	w.mu.Unlock()
	target, redirect := strings.CutPrefix(r.URL.Path, "/to/")
	switch {
	case redirect:
		rw.Header().Set("Location", strings.NewReplacer("$here", w.URL, "$port", w.port()).Replace(target))
		rw.WriteHeader(http.StatusFound)
	case r.URL.Path == "/gone":
		http.Error(rw, "<html>gone", http.StatusGone)
	case r.URL.Path == "/lost":
		http.NotFound(rw, r)
	case r.URL.Path == "/busy":
		rw.Header().Set("Retry-After", "9223372037")
		rw.WriteHeader(http.StatusTooManyRequests)
	case r.URL.Path == "/closed":
		rw.Header().Set("WWW-Authenticate", "Bearer")
		rw.WriteHeader(http.StatusUnauthorized)
	default:
		_, _ = io.WriteString(rw, "x = 1")
	}
}

// download downloads a file with a client of the Canvas at base; $here is the server and $port its
// port.
func (w *fileServer) download(t *testing.T, base, file string) (string, error) {
	t.Helper()
	here := strings.NewReplacer("$here", w.URL, "$port", w.port())
	u, err := url.Parse(here.Replace(base))
	must(t, err)
	client := canvas.New(u, canvastest.FixedToken("secret"), canvas.WithTransport(w.Client().Transport), canvas.WithClock(time.Now, noSleep),
		canvas.WithResolver(dnstest.Resolver(map[string]string{"canvas.example.com": "203.0.113.5", "files.example.com": "127.0.0.1"})))
	var got strings.Builder
	_, err = client.Download(t.Context(), here.Replace(file), &got, 100)
	return got.String(), err
}

// noSleep is the sleep of a clock that does not wait.
func noSleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

// hosts returns the hosts that received requests.
func (w *fileServer) hosts() map[string]bool {
	hosts := map[string]bool{}
	for _, r := range w.requests {
		host, _, _ := strings.Cut(r, "/")
		hosts[host] = true
	}
	return hosts
}

func (w *fileServer) port() string { return w.URL[strings.LastIndex(w.URL, ":")+1:] }

// TestDownloadRedirects asserts that downloads follow redirects within limits: only https, few
// redirects, and no connection to this computer. Errors of other hosts are not errors of Canvas.
func TestDownloadRedirects(t *testing.T) {
	t.Parallel()
	const remote, local, files = "https://canvas.example.com", "$here", "https://files.example.com:$port"
	for _, c := range []struct {
		name, base, file string
		want             error
		requests         int
	}{
		{"without a redirect", remote, remote + "/file", nil, 1},
		{"after two redirects", remote, remote + "/to//to//file", nil, 3},
		{"another host", local, local + "/to/" + files + "/file", nil, 2},
		{"410 page of Canvas", remote, remote + "/gone", canvas.ErrNotFound, 1},
		{"404 page of Canvas", remote, remote + "/lost", canvas.ErrNotFound, 1},
		{"410 of another host", local, local + "/to/" + files + "/gone", canvas.ErrUnreachable, 8},
		{"404 of another host", local, local + "/to/" + files + "/lost", canvas.ErrUnreachable, 8},
		{"429 of another host", local, local + "/to/" + files + "/busy", canvas.ErrUnreachable, 8},
		{"401 of another host", local, local + "/to/" + files + "/closed", canvas.ErrForbidden, 2},
		{"too many redirects", remote, remote + strings.Repeat("/to/", 9) + "/file", canvas.ErrUnreachable, 5},
		{"a redirect without a target", remote, remote + "/to/", canvas.ErrUnreachable, 1},
		{"without https", remote, "http://canvas.example.com/file", canvas.ErrRejected, 0},
		{"a redirect from https to http", remote, remote + "/to/http://files.example.com/file", canvas.ErrUnreachable, 1},
		{"a redirect to this computer", remote, remote + "/to/$here/file", canvas.ErrRejected, 1},
		{"a file on this computer", remote, "$here/file", canvas.ErrRejected, 0},
		{"this computer under another host name", remote, remote + "/to/" + files + "/file", canvas.ErrRejected, 1},
		{"a file URL", remote, "file:///etc/passwd", canvas.ErrRejected, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newFileServer(t)
			got, err := w.download(t, c.base, c.file)
			if c.want != nil {
				wantKind(t, "Download", err, c.want)
			} else if err != nil || got != "x = 1" {
				t.Errorf("Download = %q, %v", got, err)
			}
			if len(w.requests) != c.requests {
				t.Errorf("the server received %q, want %d requests", w.requests, c.requests)
			}
			if w.connections > len(w.hosts()) {
				t.Errorf("the client opened %d connections for requests to %v", w.connections, w.hosts())
			}
		})
	}
}
