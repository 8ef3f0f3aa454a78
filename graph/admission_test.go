package graph_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/graph"
	"github.com/momotor/resultgraph/graph/fastpath"
	"github.com/momotor/resultgraph/internal/access"
)

// largeOperation is an operation with an answer of more than 256 KiB for a course with some hundred
// students.
var largeOperation = strings.Replace(costCases[2].operation, "taskId", "id taskId hasError maxScore secret hidden outcome summary", 1)

// Clients that do not read their large answers hold no connection and no share of the large readers.
func TestSlowClientsHoldNothing(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		s := openWith(t, location, db.Options{MaxWait: time.Minute})
		one := newCourseFixture(t, s, 1001, 800, "one")
		const clients = 6 // more than half of the connections of either database
		answered := make(chan graph.OperationOutcome, clients)
		api := graph.NewServer(graph.Config{
			Store: s, Log: slog.New(slog.DiscardHandler),
			Limits:  graph.Limits{Nodes: 1 << 40, Values: 1 << 40, Rows: 1 << 40, CallerOperations: clients},
			Observe: func(o graph.OperationOutcome) { answered <- o },
		})
		dial := serveUnbuffered(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			api.ServeCaller(w, r.WithContext(access.WithPrincipal(r.Context(), reviewerOf(one))))
		}))
		conns := make([]net.Conn, clients)
		for i := range conns {
			conns[i] = dial()
			sendOperation(t, conns[i], largeOperation)
		}
		for range conns { // the client reads nothing, but the operation ends
			select {
			case o := <-answered:
				if o.Path != "fast" || o.Reason != "" {
					t.Fatalf("the operation has the outcome %+v, want fast", o)
				}
			case <-time.After(30 * time.Second):
				t.Fatal("an operation waits for its client")
			}
		}
		if s.Stats().InUse != 0 || s.DB().LargeReaders() != 0 {
			t.Errorf("%d connections are in use and %d large operations run, want none", s.Stats().InUse, s.DB().LargeReaders())
		}
		if api.SpooledBytes() == 0 {
			t.Error("no bytes are spooled while the clients do not read")
		}
		want, _ := execute(t, api, reviewerOf(one), largeOperation)
		for _, conn := range conns {
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(res.Body)
			if err != nil || !bytes.Equal(got, want) || res.Header.Get(fastpath.Header) != "fast; streamed" {
				t.Fatalf("a client that reads later gets %d bytes and %v by %s, want the %d bytes of the streamed answer", len(got), err, res.Header.Get(fastpath.Header), len(want))
			}
			conn.Close()
		}
		waitFor(t, "the release of the spools", func() bool { return api.SpooledBytes() == 0 })
	})
}

// serveUnbuffered starts a server and returns a function that connects to it. The connections have no
// buffers, so that the server waits for a client that does not read.
func serveUnbuffered(t *testing.T, handler http.Handler) (dial func() net.Conn) {
	t.Helper()
	l := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := httptest.NewUnstartedServer(handler)
	server.Listener.Close()
	server.Listener = l
	server.Start()
	t.Cleanup(server.Close)
	return func() net.Conn {
		client, conn := net.Pipe()
		t.Cleanup(func() { client.Close() })
		l.conns <- conn
		return client
	}
}

// A pipeListener accepts the connections of its channel.
type pipeListener struct {
	conns  chan net.Conn
	once   sync.Once
	closed chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (*pipeListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

// sendOperation sends the request of an operation on a connection.
func sendOperation(t *testing.T, conn net.Conn, op string) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": op})
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost/graphql", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if err := r.Write(conn); err != nil {
		t.Fatal(err)
	}
}

// waitFor waits until a condition holds that another goroutine brings about.
func waitFor(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !condition(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// openWith opens and migrates the store at a location with options.
func openWith(t *testing.T, location string, opts db.Options) *db.Store {
	t.Helper()
	dbtest.Open(t, location)
	s, err := db.OpenWith(t.Context(), location, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// occupy uses a connection of the store until release is called.
func occupy(t *testing.T, s *db.Store, large bool) (release func()) {
	t.Helper()
	return occupyFor(t, t.Context(), s, large)
}

// occupyFor is occupy for the caller of a context.
func occupyFor(t *testing.T, ctx context.Context, s *db.Store, large bool) (release func()) {
	t.Helper()
	started, finish, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- s.DB().InSnapshot(ctx, large, func(*query.Snapshot) error {
			close(started)
			<-finish
			return nil
		})
	}()
	<-started
	return func() {
		close(finish)
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// A large operation that waits for other large operations holds no connection. Small operations
// overtake it.
func TestLargeOperationsWaitWithoutConnection(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		s := openWith(t, location, db.Options{Conns: 2, MaxWait: time.Minute})
		one := newCourseFixture(t, s, 1001, 3, "one")
		servers := newServers(t, s)
		for name, server := range map[string]*graph.Server{"fast": servers.fast, "resolvers": servers.slow} {
			release := occupy(t, s, true)
			done, other := make(chan []byte), reviewerOf(one)
			other.KeyID = 7 // callers have a limit of their own
			go func() {
				body, _ := execute(t, server, other, largeOperation)
				done <- body
			}()
			waitFor(t, "a waiting operation", func() bool { return s.DB().Waiting() == 1 })
			if s.Stats().InUse != 1 || s.DB().LargeReaders() != 1 {
				t.Errorf("%s: %d connections are in use by %d large operations, want 1 and 1", name, s.Stats().InUse, s.DB().LargeReaders())
			}
			const small = `{ account(canvasGuid: "guidone") { name } }`
			if body, _ := execute(t, servers.fast, reviewerOf(one), small); string(body) != `{"data":{"account":{"name":"one"}}}` {
				t.Errorf("%s: a small operation has the answer %s, want the name", name, body)
			}
			release()
			if body := <-done; !bytes.HasPrefix(body, []byte(`{"data":{"account":{"course":`)) {
				t.Errorf("%s: the large operation has the answer %.200s, want data", name, body)
			}
		}
	})
}

// The longest page of results with their students is not large: it does not wait for large operations.
// With the steps of the results it is.
func TestLongestPageIsNotLarge(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		s := openWith(t, location, db.Options{Conns: 2, MaxWait: time.Millisecond})
		one := newCourseFixture(t, s, 1001, 3, "one")
		server := newServers(t, s).fast
		defer occupy(t, s, true)()
		const page = `{ account(canvasGuid: "guidone") { course(canvasId: 1001) { results(first: 1000) { nodes { %s } } } } }`
		if body, _ := execute(t, server, reviewerOf(one), fmt.Sprintf(page, "user { name }")); !bytes.HasPrefix(body, []byte(`{"data":{"account":{"course":`)) {
			t.Errorf("the page has the answer %.200s beside a large operation, want data", body)
		}
		if body, _ := execute(t, server, reviewerOf(one), fmt.Sprintf(page, "stepGroups { taskId }")); !bytes.Contains(body, []byte(`"code":"UNAVAILABLE"`)) {
			t.Errorf("the page with steps has the answer %.200s beside a large operation, want UNAVAILABLE", body)
		}
	})
}

// A large operation whose response could not be stored is refused before it waits for a connection.
func TestLargeOperationsNeedSpace(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		s := openWith(t, location, db.Options{Conns: 2, MaxWait: time.Minute})
		one := newCourseFixture(t, s, 1001, 3, "one")
		server := newServers(t, s).fast
		for owner := 0; server.SpooledBytes() < 1<<30; owner++ {
			for err := error(nil); err == nil; {
				_, err = server.Spools().Open(owner, 32<<20)
			}
		}
		defer occupy(t, s, true)()
		w := httptest.NewRecorder()
		server.ServeCaller(w, request(t, access.WithPrincipal(t.Context(), reviewerOf(one)), largeOperation))
		if w.Code != 503 || w.Header().Get("Retry-After") != "5" || !strings.Contains(w.Body.String(), "Too many large responses") {
			t.Errorf("a large operation with full spools = %d %v %s, want 503 with Retry-After", w.Code, w.Header(), w.Body)
		}
	})
}

// A caller cannot use up the large readers: more large operations of the caller wait for each other,
// and those of other callers run.
func TestLargeOperationsOfOneCaller(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		s := openWith(t, location, db.Options{Conns: 4, MaxWait: time.Minute})
		one := newCourseFixture(t, s, 1001, 3, "one")
		servers := newServers(t, s)
		greedy, other := reviewerOf(one), reviewerOf(one)
		greedy.KeyID, other.KeyID = 7, 8
		release := occupyFor(t, access.WithPrincipal(t.Context(), greedy), s, true)
		done := make(chan []byte)
		go func() {
			body, _ := execute(t, servers.fast, greedy, largeOperation)
			done <- body
		}()
		waitFor(t, "a waiting operation", func() bool { return s.DB().Waiting() == 1 })
		for name, server := range map[string]*graph.Server{"fast": servers.fast, "resolvers": servers.slow} {
			if body, _ := execute(t, server, other, largeOperation); !bytes.HasPrefix(body, []byte(`{"data":{"account":{"course":`)) {
				t.Errorf("%s: the large operation of another caller has the answer %.200s, want data", name, body)
			}
		}
		if s.DB().LargeReaders() != 1 {
			t.Errorf("%d large operations run, want the first of the caller", s.DB().LargeReaders())
		}
		release()
		if body := <-done; !bytes.HasPrefix(body, []byte(`{"data":{"account":{"course":`)) {
			t.Errorf("the second large operation has the answer %.200s, want data", body)
		}
	})
}

// An operation that waits too long for a connection is UNAVAILABLE, and the client learns when to try
// again. Authentication, readiness and operations without data of the store still work.
func TestBusyStore(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		s := openWith(t, location, db.Options{Conns: 1, MaxWait: time.Millisecond})
		one := newCourseFixture(t, s, 1001, 1, "one")
		fast, slow := startServer(t, s).withKey(t, s, one.course.MomotorID), startSlowServer(t, s)
		slow.key = fast.key
		defer occupy(t, s, false)()
		const read = `{ account(canvasGuid: "guidone") { name } }`
		for name, c := range map[string]*client{"fast": fast, "resolvers": slow} {
			status, body := c.post(t, read, nil)
			if status != http.StatusServiceUnavailable || !strings.Contains(string(body), `"code":"UNAVAILABLE","retryAfter":2`) || strings.Contains(string(body), `"data"`) {
				t.Errorf("%s: the answer is %d %s, want 503 with retryAfter", name, status, body)
			}
			if status, body := c.post(t, `{ viewer { name } }`, nil); name == "fast" && status != 200 {
				t.Errorf("%s: the name of the caller is %d %s, want 200", name, status, body)
			}
			if status, body := c.post(t, `{ __schema { queryType { name } } }`, nil); status != 200 {
				t.Errorf("%s: introspection is %d %s, want 200", name, status, body)
			}
		}
		if err := s.Ping(t.Context()); err != nil {
			t.Errorf("Ping = %v while all connections are used, want nil", err)
		}
		bad := *fast
		bad.key = "12345678.wrong"
		if status, body := bad.post(t, read, nil); status != http.StatusUnauthorized {
			t.Errorf("a wrong key is %d %s, want 401", status, body)
		}
	})
}

// Every kind of operation works with a single connection.
func TestOneConnection(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		s := openWith(t, location, db.Options{Conns: 1, MaxWait: time.Minute})
		one := newCourseFixture(t, s, 1001, 20, "one")
		servers := newServers(t, s)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for _, tt := range costCases {
			for name, server := range map[string]*graph.Server{"fast": servers.fast, "mixed": servers.mixed, "resolvers": servers.slow} {
				w := httptest.NewRecorder()
				server.ServeCaller(w, request(t, access.WithPrincipal(ctx, reviewerOf(one)), tt.operation))
				if w.Code != 200 || strings.Contains(w.Body.String(), `"errors"`) {
					t.Errorf("%s of %s = %d %.300s, want data", tt.name, name, w.Code, w.Body)
				}
			}
		}
	})
}
