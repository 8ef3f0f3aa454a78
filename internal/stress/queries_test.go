package stress

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/momotor/resultgraph/internal/loadtest"
)

// maxQueryMB is the limit of the peak memory of a server that answers one query; a server that takes
// killMB is killed.
const maxQueryMB, killMB = 400, 3000

// The widest query that the limits allow takes little memory, or is canceled.
func testWideQueries(t *testing.T, s *site) {
	in := s.institution()
	p := in.serve(t)
	c := in.client(p, 0)
	courseID := nodeID(t, c, course(`id`))
	resultID := nodeID(t, c, course(`results(first: 1, filter: {attempt: 24}) { nodes { id } }`))
	p.Kill()
	in.measureQuery(t, "attempts of attempts, 24 each", func(n int) string {
		return fmt.Sprintf(`{ node(id: %q) { ... on Result { %s attempt %s } } }`, resultID, strings.Repeat("attempts { ", n), strings.Repeat("} ", n))
	}, 12)
	ids := strings.TrimSuffix(strings.Repeat(fmt.Sprintf("%q, ", courseID), 100), ", ")
	in.measureQuery(t, "the same course 100 times, 29 aliases of details", func(n int) string {
		return fmt.Sprintf(`{ nodes(ids: [%s]) { ... on Course { results(first: %d) { nodes { steps { %s } } } } } }`, ids, n, repeated(29, "details"))
	}, 100)
	for name, shape := range map[string]string{
		"steps with 29 aliases of the summary": `results(first: %d) { nodes { steps { ` + repeated(29, "summary") + ` } } }`,
		"29 aliases of the same steps":         `results(first: %d) { nodes { ` + repeated(29, "steps { summary details }") + ` } }`,
		"results of users of results":          `results(first: %d) { nodes { user { results(first: 50) { nodes { steps { summary details } } } } } }`,
		"attempts of attempts of results":      `results(first: %d) { nodes { attempts { attempts { label summary user { name } } } } }`,
		"29 aliases of all results":            repeated(29, `results(first: %[1]d) { nodes { label summary user { name sectionCanvasIds } } }`),
		"29 aliases of users of results":       `results(first: %d) { nodes { ` + repeated(29, "user { name course { name } }") + ` } }`,
	} {
		in.measureQuery(t, name, func(n int) string { return course(fmt.Sprintf(shape, n)) }, 1000)
	}
}

// measureQuery sends the query to a new server with the fast path, and to one with only the resolvers.
func (in *institution) measureQuery(t *testing.T, name string, query func(size int) string, maximum int) {
	t.Helper()
	for path, setting := range map[string]string{"fast path": "on", "resolvers": "off"} {
		p := in.serve(t, "--fast-path", setting)
		peak := killAbove(p, killMB)
		n, a := widest(t, in.client(p, 0), query, maximum)
		t.Logf("%s, %s: size %d, status %d, code %s, %d bytes, %.1f s, %v", name, path, n, a.status, a.code, len(a.body), a.seconds, a.err)
		if n == 0 || !a.ok() && !exceedsBudget(a) {
			t.Errorf("%s, %s: size %d has the answer %v, want data or the error of the budget", name, path, n, a)
		}
		atMost(t, name+", "+path+": peak memory", peak(), maxQueryMB, "MB")
		p.Kill()
	}
}

// exceedsBudget reports whether the budget ended an operation: with an error, or by breaking off an
// answer that had begun. The answer of the guard, which rejects an operation before it runs, also has the
// actual number or another limit.
func exceedsBudget(a answer) bool {
	return errors.Is(a.err, io.ErrUnexpectedEOF) && len(a.body) > 0 ||
		a.code == "BAD_USER_INPUT" && bytes.Contains(a.body, []byte(`"message":"The response has more than `))
}

// widest sends the query with the largest size, up to a maximum, that the server does not reject
// before it runs.
func widest(t *testing.T, c *client, query func(size int) string, maximum int) (n int, a answer) {
	t.Helper()
	for n = maximum; n > 0; n = n * 9 / 10 {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		a = c.query(ctx, query(n))
		cancel()
		if a.code != "BAD_USER_INPUT" || exceedsBudget(a) {
			break
		}
	}
	return n, a
}

// Thousands of different filters and selections leave caches and prepared statements bounded, and
// give no errors.
func testOddShapes(t *testing.T, s *site) {
	in := s.institution()
	p := in.serve(t)
	clients := in.clients(p, 8)
	for _, query := range []string{smallQuery, largeQuery} { // the memory that ordinary queries take
		repeat(time.Duration(size(5_000, 100))*time.Millisecond, func() answer { return in.together(t, clients, func(int) string { return query })[0] })
	}
	server, backends := in.memory(t, p)
	var answers []answer
	for i := range size(2000, 160) / len(clients) {
		answers = append(answers, in.together(t, clients, func(client int) string { return oddQuery(i*len(clients) + client) })...)
	}
	atMost(t, "odd filters and shapes: failed", count(answers, failed), 0, "")
	serverAfter, backendsAfter := in.memory(t, p)
	t.Logf("server %.0f → %.0f MB, backends %.0f → %.0f MB", server, serverAfter, backends, backendsAfter)
	atMost(t, "odd filters and shapes: growth of the server", 100*(serverAfter/server-1), 10, "%")
	if s.database == "PostgreSQL" {
		atMost(t, "odd filters and shapes: growth of PostgreSQL's backends", 100*(backendsAfter/backends-1), 10, "%")
	}
}

// together sends a query of each client at the same time.
func (in *institution) together(t *testing.T, clients []*client, query func(client int) string) []answer {
	t.Helper()
	answers := make([]answer, len(clients))
	wait(len(clients), func(i int) { answers[i] = clients[i].query(t.Context(), query(i)) })
	return answers
}

// oddQuery returns the query of a number: with lists of different lengths, selections and orders.
func oddQuery(n int) string {
	states := strings.Repeat("DONE, ", n%400) + "QUEUED"
	fields := strings.Fields("attempt label score state summary isLate isLatest submittedAt processedAt progress secret")
	selection := "id"
	for i, field := range fields {
		if n>>i&1 == 1 {
			selection += " " + field
		}
	}
	orders := strings.Fields("SCORE SUBMITTED_AT PROCESSED_AT SEQUENCE_ID CREATED")
	return course(fmt.Sprintf(`assignment(canvasId: 501) { results(first: %d, filter: {state: [%s], latest: true}, orderBy: [{field: %s}, {field: %s, direction: DESC}]) { nodes { %s } } }`,
		1+n%7, states, orders[n%5], orders[n/5%5], selection))
}

// memory returns the private memory of the server and of its PostgreSQL backends, in MB.
func (in *institution) memory(t *testing.T, p *loadtest.Process) (server, backends float64) {
	t.Helper()
	for _, pid := range in.backends(t) {
		backends += float64(loadtest.PrivateMemoryMB(pid))
	}
	return float64(loadtest.PrivateMemoryMB(p.PID())), backends
}
