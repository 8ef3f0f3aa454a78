package canvas_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
)

// A fileServer is an https server for canvas.example.com and files.example.com. The path of a
// request selects the response.
type fileServer struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
}

func (w *fileServer) answer(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	w.asked = append(w.asked, r.Host+r.URL.Path)
	w.mu.Unlock()
	to, _ := strings.CutPrefix(r.URL.Path, "/to/")
	switch {
	case to != r.URL.Path:
		rw.Header().Set("Location", strings.ReplaceAll(to, "$here", w.URL))
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

// download downloads a file with a client of the Canvas at base; $here is the server.
func (w *fileServer) download(t *testing.T, base, file string) (string, error) {
	t.Helper()
	here := strings.NewReplacer("$here", w.URL)
	u, err := url.Parse(here.Replace(base))
	must(t, err)
	still := func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	client := canvas.New(u, canvastest.FixedToken("secret"), canvas.WithTransport(w.Client().Transport), canvas.WithClock(time.Now, still))
	var got strings.Builder
	_, err = client.Download(t.Context(), here.Replace(file), &got, 100)
	return got.String(), err
}

// TestDownloadRedirects asserts that downloads follow redirects within limits: only https, few
// redirects, and not to this computer. Errors of other hosts are not errors of Canvas.
func TestDownloadRedirects(t *testing.T) {
	t.Parallel()
	const far, near, files = "https://canvas.example.com", "$here", "https://files.example.com"
	for _, c := range []struct {
		name, base, file string
		want             error
		asked            int
	}{
		{"at once", far, far + "/file", nil, 1},
		{"after two redirects", far, far + "/to//to//file", nil, 3},
		{"another host", near, near + "/to/" + files + "/file", nil, 2},
		{"gone, says Canvas in a page", far, far + "/gone", canvas.ErrNotFound, 1},
		{"not found, says Canvas in a page", far, far + "/lost", canvas.ErrNotFound, 1},
		{"gone, says another host", near, near + "/to/" + files + "/gone", canvas.ErrUnreachable, 8},
		{"not found, says another host", near, near + "/to/" + files + "/lost", canvas.ErrUnreachable, 8},
		{"another host is busy", near, near + "/to/" + files + "/busy", canvas.ErrUnreachable, 8},
		{"another host wants a token", near, near + "/to/" + files + "/closed", canvas.ErrForbidden, 2},
		{"round and round", far, far + strings.Repeat("/to/", 9) + "/file", canvas.ErrUnreachable, 5},
		{"a redirect to nowhere", far, far + "/to/", canvas.ErrUnreachable, 1},
		{"without https", far, "http://canvas.example.com/file", canvas.ErrRejected, 0},
		{"a redirect from https", far, far + "/to/http://files.example.com/file", canvas.ErrUnreachable, 1},
		{"this computer", far, far + "/to/$here/file", canvas.ErrRejected, 1},
		{"this computer at once", far, "$here/file", canvas.ErrRejected, 0},
		{"this computer by another name", far, far + "/to/" + files + "/file", canvas.ErrRejected, 1},
		{"no web address", far, "file:///etc/passwd", canvas.ErrRejected, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := &fileServer{}
			w.Server = httptest.NewTLSServer(http.HandlerFunc(w.answer))
			t.Cleanup(w.Close)
			got, err := w.download(t, c.base, c.file)
			if c.want != nil {
				wantKind(t, "Download", err, c.want)
			} else if err != nil || got != "x = 1" {
				t.Errorf("Download = %q, %v", got, err)
			}
			if len(w.asked) != c.asked {
				t.Errorf("it was asked for %q, want %d requests", w.asked, c.asked)
			}
		})
	}
}
