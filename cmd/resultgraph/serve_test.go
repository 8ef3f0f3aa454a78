package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/momotor/resultgraph/db/dbtest"
)

// A program is the whole program, running in this process.
type program struct {
	out, err lockedBuffer
	cancel   context.CancelFunc
	done     chan error
}

// start starts the program. The end of the test stops it.
func start(t *testing.T, args ...string) *program {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	p := &program{cancel: cancel, done: make(chan error, 1)}
	p.out.changed, p.err.changed = make(chan struct{}, 1), make(chan struct{}, 1)
	go func() { p.done <- run(ctx, args, noDrain, &p.out, &p.err) }()
	t.Cleanup(cancel)
	return p
}

func emptyEnvironment(string) string { return "" }

// noDrain is the environment of servers that stop at once, because nothing balances their load.
func noDrain(name string) string { return map[string]string{"RESULTGRAPH_DRAIN": "0s"}[name] }

// await waits until the output of the program matches, and returns the first group.
func (p *program) await(t *testing.T, pattern string) string {
	t.Helper()
	return p.awaitIn(t, &p.out, pattern)
}

// awaitIn is await for the given output.
func (p *program) awaitIn(t *testing.T, output *lockedBuffer, pattern string) string {
	t.Helper()
	for {
		if m := regexp.MustCompile(pattern).FindStringSubmatch(output.String()); m != nil {
			return m[1]
		}
		select {
		case <-output.changed:
		case err := <-p.done:
			t.Fatalf("the program returned %v: %s%s", err, p.out.String(), p.err.String())
		}
	}
}

// shutdown stops the program as Ctrl-C does, which must succeed.
func (p *program) shutdown(t *testing.T) {
	t.Helper()
	p.cancel()
	if err := <-p.done; err != nil {
		t.Errorf("the program returned %v", err)
	}
}

type lockedBuffer struct {
	mu      sync.Mutex
	b       bytes.Buffer
	changed chan struct{}
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.changed <- struct{}{}:
	default:
	}
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// call runs a command.
func call(t *testing.T, args ...string) (out string, err error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	err = run(t.Context(), args, emptyEnvironment, &stdout, &stderr)
	return stdout.String() + stderr.String(), err
}

// serve --demo answers the request that it prints, and finds the same data after a restart.
func TestServeDemo(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		data := t.TempDir()
		settings := []string{"--data", data, "--database", location}
		if strings.HasPrefix(location, "postgres") {
			if _, err := call(t, append([]string{"serve", "--demo", "--listen", "127.0.0.1:0"}, settings...)...); err == nil || !strings.Contains(err.Error(), "migrate up") {
				t.Errorf("serve on an empty PostgreSQL = %v, want an error that names migrate up", err)
			}
			if _, err := call(t, append([]string{"migrate", "up"}, settings...)...); err != nil {
				t.Fatal(err)
			}
		}
		var before string
		for round := range 2 {
			p := start(t, append([]string{"serve", "--demo", "--listen", "127.0.0.1:0"}, settings...)...)
			base := p.await(t, `GraphiQL +(http://\S+)/graphiql\n`)
			key := p.await(t, `API key +(\S+)\n`)
			query := p.await(t, `-d '(\{.*\})'\n`)
			answer := post(t, base+"/graphql", key, query)
			for _, want := range []string{`"taskId":"finalize"`, `"user":{"name":`, `"score":`} {
				if !strings.Contains(answer, want) {
					t.Errorf("the response to the printed query lacks %s: %.300s", want, answer)
				}
			}
			counts := post(t, base+"/graphql", key, `{"query":"{ accounts(first: 5) { totalCount nodes { courses(first: 5) { totalCount nodes { users { totalCount } assignments { totalCount nodes { results(pick: ALL) { totalCount } } } } } } } }"}`)
			if round > 0 && counts != before {
				t.Errorf("after a restart the counts are %s, want %s", counts, before)
			}

			before = counts
			for path, want := range map[string]int{
				"/graphiql": 200, "/lti/api-doc": 200, "/lti/api-doc/openapi.json": 200, "/graphql/schema.graphqls": 200, "/healthz": 200, "/readyz": 200, "/nothing": 404, "/graphql": 401,
				"/lti/api/account/": 403, "/lti/api/nothing/": 404,
			} {
				if res := get(t, base+path, ""); res.StatusCode != want {
					t.Errorf("GET %s = %d, want %d", path, res.StatusCode, want)
				}
			}
			bundle := download(t, base, key)
			if !strings.HasPrefix(bundle, "PK") && !strings.HasPrefix(bundle, "<?xml") {
				t.Errorf("the response to the recipe's URL is %.60q", bundle)
			}
			p.shutdown(t)
			if strings.Contains(p.err.String(), key[9:]) {
				t.Error("the log holds the key's secret")
			}
		}
	})
}

func download(t *testing.T, base, key string) string {
	t.Helper()
	var answer struct {
		Data struct {
			Account struct {
				Course struct {
					Assignment struct{ Recipe struct{ URL string } }
				}
			}
		}
	}
	text := post(t, base+"/graphql", key, `{"query":"{ account(momotorId: 1) { course(canvasId: 1001) { assignment(canvasId: 501) { recipe { url } } } } }"}`)
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		t.Fatal(err)
	}
	url := answer.Data.Account.Course.Assignment.Recipe.URL
	if !strings.HasPrefix(url, base) {
		t.Errorf("the recipe's URL is %q, want one of %s", url, base)
	}
	if res := get(t, url, ""); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("GET %s without a key = %d, want 401", url, res.StatusCode)
	}
	body, err := io.ReadAll(get(t, url, key).Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func get(t *testing.T, url, key string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if key != "" {
		req.Header.Set("Authorization", "Api-Key "+key)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	return res
}

func post(t *testing.T, url, key, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Api-Key "+key)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK || strings.Contains(string(text), `"errors"`) {
		t.Fatalf("POST %s %s = %d %s %v", url, body, res.StatusCode, text, err)
	}
	return string(text)
}

// An error at the start is one line that says what to do.
func TestStartErrors(t *testing.T) {
	t.Parallel()
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	data := t.TempDir()
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"serve", "--data", data, "--listen", busy.Addr().String()}, "choose another port with --listen"},
		{[]string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--metrics-listen", busy.Addr().String()}, "choose another port with --metrics-listen"},
		{[]string{"serve", "--data", data, "--listen", "nowhere"}, "listen on nowhere"},
		{[]string{"serve", "--data", data, "--database", "postgres://unknown@127.0.0.1:1/none"}, "can not be reached"},
		{[]string{"serve", "--data", data, "--database", "mysql://x"}, "must be postgres://"},
		{[]string{"serve", "--data", data, "--max-depth", "many"}, "max-depth"},
		{[]string{"serve", "--data", data, "--trusted-proxy", "10.0.0.5,proxy"}, `--trusted-proxy "proxy" must be an address`},
		{[]string{"serve", "--data", data, "--trusted-proxy", "0.0.0.0/0"}, `--trusted-proxy "0.0.0.0/0" must not contain every address`},
		{[]string{"serve", "--data", data, "--config", data + "/none"}, "read the settings"},
		{[]string{"import", data + "/none", "--data", data}, "none"},
		{[]string{"migrate", "down", "--data", data}, "--yes"},
		{[]string{"apikey", "revoke", "nothere1", "--data", data}, "no key has the prefix"},
		{[]string{"apikey", "create", "--name", "x", "--course", "1", "--data", data}, "ACCOUNT/CANVAS_ID"},
		{[]string{"apikey", "create", "--name", "x", "--course", "1/1", "--data", data}, "not found"},
		{[]string{"apikey", "create", "--name", "x", "--course", "1/1", "--expires-at", "soon", "--data", data}, "must be a date"},
		{[]string{"dance"}, "--help"},
	} {
		_, err := call(t, c.args...)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("resultgraph %s = %v, want one line with %q", strings.Join(c.args, " "), err, c.want)
		}
	}
}

// A flag takes precedence over its variable, and the variable over the file.
func TestSettings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := func(vars map[string]string) environment { return func(n string) string { return vars[n] } }
	file := dir + "/settings"
	writeFile(t, file, "RESULTGRAPH_DATABASE=sqlite:"+dir+"/file.db\n")
	for _, c := range []struct {
		name string
		args []string
		env  map[string]string
		want string
	}{
		{"default", []string{"--data", dir}, nil, dir + "/resultgraph.db"},
		{"file", []string{"--config", file}, nil, dir + "/file.db"},
		{"variable over file", []string{"--config", file}, map[string]string{"RESULTGRAPH_DATABASE": "sqlite:" + dir + "/env.db"}, dir + "/env.db"},
		{"flag over variable", []string{"--database", "sqlite:" + dir + "/flag.db"}, map[string]string{"RESULTGRAPH_DATABASE": "sqlite:" + dir + "/env.db"}, dir + "/flag.db"},
		{"file by variable", nil, map[string]string{"RESULTGRAPH_CONFIG": file}, dir + "/file.db"},
	} {
		var out bytes.Buffer
		if err := run(t.Context(), append([]string{"migrate", "up"}, c.args...), env(c.env), &out, io.Discard); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if err := os.Remove(c.want); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
