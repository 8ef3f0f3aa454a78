package main

import (
	"net/url"
	"strings"
	"testing"
)

// The command ready succeeds while a server is ready, also if the server listens on all addresses.
func TestReady(t *testing.T) {
	t.Parallel()
	p := start(t, "serve", "--public-url", "http://127.0.0.1", "--listen", "0.0.0.0:0", "--data", t.TempDir())
	u, err := url.Parse(p.await(t, `GraphiQL +(http://\S+)/graphiql\n`))
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{"127.0.0.1:" + u.Port(), "0.0.0.0:" + u.Port(), ":" + u.Port()} {
		if out, err := call(t, "ready", "--listen", address); err != nil || out != "" {
			t.Errorf("ready --listen %s = %v, %s", address, err, out)
		}
	}
	p.shutdown(t)
	if _, err := call(t, "ready", "--listen", "127.0.0.1:"+u.Port()); err == nil || exitCode(err) != exitFailed {
		t.Errorf("ready of a server that has stopped = %v", err)
	}
	if _, err := call(t, "ready", "--listen", "nowhere"); err == nil || !strings.Contains(err.Error(), "--listen") {
		t.Errorf("ready --listen nowhere = %v", err)
	}
}
