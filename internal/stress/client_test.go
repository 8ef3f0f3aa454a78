package stress

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/momotor/resultgraph/internal/loadtest"
)

// A client sends requests with a key on connections of its own.
type client struct {
	base, key string
	http      *http.Client
}

func newClient(base, key string) *client {
	return &client{base, key, &http.Client{Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 100}}}
}

// An answer is the outcome of a request.
type answer struct {
	err        error // of the connection
	status     int
	retryAfter string
	code       string // of the first GraphQL error
	body       []byte
	seconds    float64
	large      bool // sent while the rows are read, so that it can break off
}

func (a answer) String() string {
	return fmt.Sprintf("%v %d %s %.300s", a.err, a.status, a.code, a.body)
}

// ok reports whether the answer is complete and without errors.
func (a answer) ok() bool { return a.err == nil && a.status == http.StatusOK && a.code == "" }

// refused reports whether the answer says that the server is busy or unavailable, and when to try again.
func (a answer) refused() bool {
	switch {
	case a.err != nil:
		return false
	case a.status == http.StatusServiceUnavailable, a.status == http.StatusTooManyRequests:
		return a.retryAfter != ""
	}
	return a.code == "UNAVAILABLE" || a.code == "RATE_LIMITED"
}

var errorCode = regexp.MustCompile(`"extensions":\{[^{}]*"code":"([A-Z_]+)"`)

// query runs a GraphQL operation.
func (c *client) query(ctx context.Context, text string) answer {
	body, err := json.Marshal(map[string]string{"query": text})
	if err != nil {
		return answer{err: err}
	}
	return c.send(ctx, http.MethodPost, "/graphql", "application/json", bytes.NewReader(body))
}

// get requests a path.
func (c *client) get(ctx context.Context, path string) answer {
	return c.send(ctx, http.MethodGet, path, "", http.NoBody)
}

func (c *client) send(ctx context.Context, method, path, media string, body io.Reader) answer {
	start := time.Now()
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return answer{err: err}
	}
	req.Header.Set("Authorization", "Api-Key "+c.key)
	if media != "" {
		req.Header.Set("Content-Type", media)
	}
	a := answer{}
	res, err := c.http.Do(req)
	if err == nil {
		a.status, a.retryAfter = res.StatusCode, res.Header.Get("Retry-After")
		a.body, err = io.ReadAll(res.Body)
		res.Body.Close()
	}
	if m := errorCode.FindSubmatch(a.body); m != nil {
		a.code = string(m[1])
	}
	a.err, a.seconds = err, time.Since(start).Seconds()
	return a
}

// openUnread sends a query on a connection with a small receive buffer, and does not read the answer.
func (c *client) openUnread(t *testing.T, query string) net.Conn {
	t.Helper()
	dialer := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error {
		return raw.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096) })
	}}
	conn, err := dialer.DialContext(t.Context(), "tcp", strings.TrimPrefix(c.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Api-Key %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", c.key, len(body), body)
	return conn
}

// A load is clients that repeat requests until it stops.
type load struct {
	cancel  context.CancelFunc
	clients sync.WaitGroup

	mu      sync.Mutex
	answers []answer // without bodies
}

// startLoad starts clients that call send until stop.
func startLoad(t *testing.T, clients int, send func(ctx context.Context, client int) answer) *load {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	l := &load{cancel: cancel}
	for i := range clients {
		l.clients.Go(func() {
			for ctx.Err() == nil {
				a := send(ctx, i)
				if ctx.Err() != nil {
					return // stopped meanwhile
				}
				a.body = nil
				l.mu.Lock()
				l.answers = append(l.answers, a)
				l.mu.Unlock()
			}
		})
	}
	t.Cleanup(func() { l.stop() })
	return l
}

// stop ends the load and returns its complete answers.
func (l *load) stop() []answer {
	l.cancel()
	l.clients.Wait()
	return l.answers
}

// repeat sends requests one after another for a time, at least one.
func repeat(duration time.Duration, send func() answer) (answers []answer) {
	for start := time.Now(); len(answers) == 0 || time.Since(start) < duration; {
		a := send()
		a.body = nil
		answers = append(answers, a)
	}
	return answers
}

// count returns the number of answers for which f is true.
func count(answers []answer, f func(answer) bool) float64 {
	n := 0.0
	for _, a := range answers {
		if f(a) {
			n++
		}
	}
	return n
}

func failed(a answer) bool { return !a.ok() }

// logOutcomes logs how many answers had each outcome.
func logOutcomes(t *testing.T, what string, answers []answer) {
	t.Helper()
	outcomes := map[string]int{}
	for _, a := range answers {
		outcomes[fmt.Sprintf("%d %s Retry-After=%s %v", a.status, a.code, a.retryAfter, a.err)]++
	}
	t.Log(what, outcomes)
}

// quantile returns a quantile of the durations in seconds; 1 is the longest.
func quantile(answers []answer, q float64) float64 {
	if len(answers) == 0 {
		return 0
	}
	seconds := make([]float64, len(answers))
	for i, a := range answers {
		seconds[i] = a.seconds
	}
	slices.Sort(seconds)
	return seconds[int(q*float64(len(seconds)-1))]
}

// killAbove kills a process whose peak memory exceeds a limit, so that the machine survives, until
// the function that it returns is called. That function returns the peak.
func killAbove(p *loadtest.Process, limitMB int) func() float64 {
	done, ended := make(chan struct{}), make(chan int)
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		peak := 0
		for {
			select {
			case <-done:
				ended <- max(peak, loadtest.PeakMemoryMB(p.PID()))
				return
			case <-tick.C:
				if peak = max(peak, loadtest.PeakMemoryMB(p.PID())); peak > limitMB {
					p.Kill()
				}
			}
		}
	}()
	return func() float64 { close(done); return float64(<-ended) }
}

// wait calls f with the numbers below n at the same time, and returns when all calls have ended.
func wait(n int, f func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { f(i) })
	}
	all.Wait()
}
