package main

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// A demoCall is a request to the demo, of which there is one with each coding.
type demoCall struct {
	method, path, body string
	route              string // as metrics name it
	coded              bool   // its answer is long enough
}

var demoCalls = []demoCall{
	{"POST", "/graphql", `{"query":"{ account(momotorId: 1) { course(canvasId: 1001) { assignment(canvasId: 501) { results(first: 50) { nodes { id label steps { taskId score } } } } } } }"}`, "/graphql", true},
	{"POST", "/graphql", `{"query":"{ __schema { types { name } } }"}`, "/graphql", true},
	{"POST", "/graphql", `{"query":"{ nothing }"}`, "/graphql", false},
	{"GET", "/lti/api/account/1/course/1001/assignment/501/result/", "", "/lti/api/account/{account_pk}/course/{course_canvas_id}/assignment/{assignment_canvas_id}/result/", true},
	{"GET", "/lti/api/account/1/course/1001/assignment/501/result/csv/", "", "/lti/api/account/{account_pk}/course/{course_canvas_id}/assignment/{assignment_canvas_id}/result/csv/", true},
	{"GET", "/lti/api/account/1/", "", "/lti/api/account/{id}/", false},
	{"GET", "/lti/api-doc/openapi.json", "", "/lti/api-doc/*", true},
	{"GET", "/graphiql", "", "/graphiql", false},
	{"GET", "/healthz", "", "/healthz", false},
	{"FOO", "/graphiql", "", "none", false},
	{"POST", "/secret-42", "", "none", false},
	{"GET", "/lti/api/secret-42/", "", "none", false},
}

func (c demoCall) send(t *testing.T, base, key, coding string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), c.method, base+c.path, strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Api-Key "+key)
	if c.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if coding != "" {
		r.Header.Set("Accept-Encoding", coding)
	}
	res, err := (&http.Transport{DisableCompression: true, DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

// Answers of the whole program say the same in every coding, and metrics count them all.
func TestTraffic(t *testing.T) {
	t.Parallel()
	p := start(t, "serve", "--demo", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--data", t.TempDir())
	metrics := p.await(t, `Metrics are at (http://\S+)\n`)
	base := p.await(t, `GraphiQL +(http://\S+)/graphiql\n`)
	key := p.await(t, `API key +(\S+)\n`)
	for _, c := range demoCalls {
		plain, want := c.send(t, base, key, "")
		if plain.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s %s has a coding that nobody asked for", c.method, c.path)
		}
		for _, coding := range []string{"gzip", "zstd"} {
			res, body := c.send(t, base, key, coding)
			got := res.Header.Get("Content-Encoding")
			if c.coded && got != coding {
				t.Errorf("%s %s with Accept-Encoding %s has the coding %q", c.method, c.path, coding, got)
			}
			if decode(t, got, body) != want {
				t.Errorf("%s %s in %s is another answer", c.method, c.path, coding)
			}
		}
	}
	told := ""
	for range 100 { // a request is counted after its answer has gone
		var err error
		if _, told, err = request(t, "GET", metrics); err != nil {
			t.Fatal(err)
		}
		if len(uncounted(told)) == 0 {
			break
		}
	}
	counted(t, told, key)
	if res, _, err := request(t, "GET", base+"/metrics"); err != nil || res.StatusCode != http.StatusNotFound {
		t.Errorf("GET /metrics beside the API = %v, %v, want 404", res, err)
	}
	p.end(t)
	if res, err := http.DefaultClient.Get(metrics); err == nil {
		res.Body.Close()
		t.Error("metrics are there after the program has ended")
	}
}

// A server behind a proxy that compresses can leave it to that.
func TestCompressOff(t *testing.T) {
	t.Parallel()
	for setting, want := range map[string]string{"on": "zstd", "off": ""} {
		p := start(t, "serve", "--compress", setting, "--listen", "127.0.0.1:0", "--data", t.TempDir())
		res, body, err := request(t, "GET", p.await(t, `GraphiQL +(http://\S+)/graphiql\n`)+"/graphql/schema.graphqls", "Accept-Encoding", "zstd")
		if err != nil {
			t.Fatal(err)
		}
		if got := res.Header.Get("Content-Encoding"); got != want || !strings.Contains(decode(t, got, body), "type Query") {
			t.Errorf("with --compress=%s the coding is %q and the body %.30q…, want %q", setting, got, body, want)
		}
		p.end(t)
	}
}

// uncounted returns what metrics should tell of demoCalls, three times each, and do not.
func uncounted(told string) (missing []string) {
	const seconds = "resultgraph_http_request_duration_seconds_count"
	for _, want := range []string{
		seconds + `{method="POST",route="/graphql",status="200"} 9`,
		seconds + `{method="other",route="none",status="405"} 3`,
		seconds + `{method="POST",route="none",status="404"} 3`,
		seconds + `{method="GET",route="none",status="404"} 3`,
		`resultgraph_graphql_operations_total{path="fast",reason=""} `,
		`resultgraph_graphql_operations_total{path="resolvers",reason="unsupported"} `,
		`resultgraph_graphql_operations_total{path="none",reason="rejected"} 3`,
		`resultgraph_graphql_errors_total{code="GRAPHQL_VALIDATION_FAILED"} 3`,
		"resultgraph_graphql_large_responses 0",
		"resultgraph_db_connections_in_use 0",
		"resultgraph_db_connections_max ",
		"resultgraph_db_waits_total ",
		"go_goroutines ",
		"process_resident_memory_bytes ",
	} {
		if !strings.Contains("\n"+told, "\n"+want) {
			missing = append(missing, want)
		}
	}
	for _, c := range demoCalls {
		if want := seconds + `{method="GET",route="` + c.route + `",status="200"} 3`; c.method == "GET" && c.route != "none" && !strings.Contains(told, want) {
			missing = append(missing, want)
		}
	}
	return missing
}

var values = regexp.MustCompile(`(?m) \S+$`)

// counted fails if metrics do not tell of demoCalls, or if their names and labels tell more.
func counted(t *testing.T, told, key string) {
	t.Helper()
	for _, want := range uncounted(told) {
		t.Errorf("metrics lack %s", want)
	}
	labels := values.ReplaceAllString(told, "")
	for _, secret := range []string{key[:8], "1001", "501", "secret-42", "FOO", "nothing"} {
		if strings.Contains(labels, secret) {
			t.Errorf("metrics tell %q", secret)
		}
	}
	if t.Failed() {
		for line := range strings.Lines(told) {
			if strings.HasPrefix(line, "resultgraph_") && !strings.Contains(line, "_bucket") {
				t.Log(strings.TrimSpace(line))
			}
		}
	}
}
