package main

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// A demoRequest is a request to the demo. It is sent once without and once with each encoding.
type demoRequest struct {
	method, path, body string
	route              string // the metric label
	compressed         bool   // the response is large enough
}

var demoRequests = []demoRequest{
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

func (c demoRequest) send(t *testing.T, base, key, encoding string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), c.method, base+c.path, strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Api-Key "+key)
	if c.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if encoding != "" {
		r.Header.Set("Accept-Encoding", encoding)
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

// The decoded response is the same with every encoding, and the metrics count all requests.
func TestTraffic(t *testing.T) {
	t.Parallel()
	p := start(t, "serve", "--demo", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--data", demoFolder(t))
	metrics := p.await(t, `Metrics are at (http://\S+)\n`)
	base := p.await(t, `GraphiQL +(http://\S+)/graphiql\n`)
	key := p.await(t, `API key +(\S+)\n`)
	for _, c := range demoRequests {
		plain, want := c.send(t, base, key, "")
		if plain.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s %s has an encoding that was not requested", c.method, c.path)
		}
		for _, encoding := range []string{"gzip", "zstd"} {
			res, body := c.send(t, base, key, encoding)
			got := res.Header.Get("Content-Encoding")
			if c.compressed && got != encoding {
				t.Errorf("%s %s with Accept-Encoding %s has the encoding %q", c.method, c.path, encoding, got)
			}
			if decode(t, got, body) != want {
				t.Errorf("%s %s with %s has a different body", c.method, c.path, encoding)
			}
		}
	}
	if res, _, err := request(t, "GET", base+"/lti/api/account/", "Authorization", "Api-Key wrong.key"); err != nil || res.StatusCode != http.StatusForbidden {
		t.Errorf("a request with a wrong key = %v, %v, want 403", res, err)
	}
	exposition := ""
	for range 100 { // a request is counted after its response is sent
		var err error
		if _, exposition, err = request(t, "GET", metrics); err != nil {
			t.Fatal(err)
		}
		if len(missingMetrics(exposition)) == 0 {
			break
		}
	}
	checkMetrics(t, exposition, key)
	if res, _, err := request(t, "GET", base+"/metrics"); err != nil || res.StatusCode != http.StatusNotFound {
		t.Errorf("GET /metrics beside the API = %v, %v, want 404", res, err)
	}
	p.shutdown(t)
	if res, err := http.DefaultClient.Get(metrics); err == nil {
		res.Body.Close()
		t.Error("metrics are served after the program has exited")
	}
}

// --compress=off leaves compression to a proxy.
func TestCompressOff(t *testing.T) {
	t.Parallel()
	for setting, want := range map[string]string{"on": "zstd", "off": ""} {
		p := start(t, "serve", "--compress", setting, "--listen", "127.0.0.1:0", "--data", t.TempDir())
		res, body, err := request(t, "GET", p.await(t, `GraphiQL +(http://\S+)/graphiql\n`)+"/graphql/schema.graphqls", "Accept-Encoding", "zstd")
		if err != nil {
			t.Fatal(err)
		}
		if got := res.Header.Get("Content-Encoding"); got != want || !strings.Contains(decode(t, got, body), "type Query") {
			t.Errorf("with --compress=%s the encoding is %q and the body %.30q…, want %q", setting, got, body, want)
		}
		p.shutdown(t)
	}
}

// missingMetrics returns the samples of three times demoRequests that an exposition lacks.
func missingMetrics(exposition string) (missing []string) {
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
		`resultgraph_key_failures_total{reason="invalid"} 1`,
		"resultgraph_graphql_large_operations 0",
		"resultgraph_db_connections_in_use 0",
		"resultgraph_db_connections_max ",
		"resultgraph_db_waits_total ",
		"go_goroutines ",
		"process_resident_memory_bytes ",
	} {
		if !strings.Contains("\n"+exposition, "\n"+want) {
			missing = append(missing, want)
		}
	}
	for _, c := range demoRequests {
		if want := seconds + `{method="GET",route="` + c.route + `",status="200"} 3`; c.method == "GET" && c.route != "none" && !strings.Contains(exposition, want) {
			missing = append(missing, want)
		}
	}
	return missing
}

var sampleValue = regexp.MustCompile(`(?m) \S+$`)

// checkMetrics fails if metrics lack samples of demoRequests, or if names and labels reveal
// contents of requests.
func checkMetrics(t *testing.T, exposition, key string) {
	t.Helper()
	for _, want := range missingMetrics(exposition) {
		t.Errorf("metrics lack %s", want)
	}
	labels := sampleValue.ReplaceAllString(exposition, "")
	for _, secret := range []string{key[:8], "1001", "501", "secret-42", "FOO", "nothing"} {
		if strings.Contains(labels, secret) {
			t.Errorf("metrics contain %q", secret)
		}
	}
	if t.Failed() {
		for line := range strings.Lines(exposition) {
			if strings.HasPrefix(line, "resultgraph_") && !strings.Contains(line, "_bucket") {
				t.Log(strings.TrimSpace(line))
			}
		}
	}
}
