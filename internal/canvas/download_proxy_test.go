package canvas_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/internal/addressguard/dnstest"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/canvas/canvastest"
)

// Behind a proxy, which resolves names itself, no file comes from a host that is an address of this
// computer or its network. A file on the host of the proxy does not come through it.
func TestDownloadThroughProxy(t *testing.T) {
	t.Parallel()
	var requests []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests = append(requests, r.URL.String())
		_, _ = io.WriteString(w, "x = 1")
	}))
	defer proxy.Close()
	proxyURL, err := url.Parse(proxy.URL)
	must(t, err)
	direct := map[string]bool{proxyURL.Host: true} // like NO_PROXY
	transport := &http.Transport{Proxy: func(r *http.Request) (*url.URL, error) {
		if direct[r.URL.Host] {
			return nil, nil
		}
		return proxyURL, nil
	}}
	defer transport.CloseIdleConnections()
	base, err := url.Parse("http://canvas.example.com")
	must(t, err)
	client := canvas.New(base, canvastest.FixedToken("secret"), canvas.WithTransport(transport), canvas.WithClock(time.Now, noSleep),
		canvas.WithResolver(dnstest.Resolver(map[string]string{"canvas.example.com": "203.0.113.5"})))
	for _, c := range []struct {
		file string
		want error
	}{
		{"http://files.example.com/file", nil},
		{"http://203.0.113.9/file", nil},
		{proxy.URL + "/file", canvas.ErrRejected},
		{"http://127.0.0.1/file", canvas.ErrRejected},
		{"http://10.0.0.1/file", canvas.ErrRejected},
		{"http://169.254.169.254/file", canvas.ErrRejected},
		{"http://[::1]/file", canvas.ErrRejected},
		{"http://[::ffff:127.0.0.1]/file", canvas.ErrRejected},
		{"http://2130706433/file", canvas.ErrRejected},
		{"http://127.1./file", canvas.ErrRejected},
		{"http://0x7f.1/file", canvas.ErrRejected},
	} {
		requests = nil
		var got strings.Builder
		_, err := client.Download(t.Context(), c.file, &got, 100)
		if !errors.Is(err, c.want) || c.want == nil && (got.String() != "x = 1" || len(requests) != 1) || c.want != nil && len(requests) > 0 {
			t.Errorf("Download(%s) = %q, %v after the requests %q, want %v", c.file, got.String(), err, requests, c.want)
		}
	}
}
