// Package enginetest is a fake of the Momotor engine's broker for tests: a real gRPC server
// that does what the documents say, and wrong what a test asks for. What it knows lies in
// it, and not in its connections: it can be stopped and started, and the program under test
// may be another process that is killed and comes back.
package enginetest

import (
	"cmp"
	"context"
	"crypto/tls"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/momotor/resultgraph/internal/engine/brokerpb"
)

//go:embed testdata/result.xml
var resultXML []byte

// Config is how a fake broker is. The zero value of each field has a meaning.
type Config struct {
	Key, Secret string // whom to let in; "testkey" and "secret"

	// Steps is how many statuses of a job that was started are told until it is finished;
	// with zero the test moves jobs, by Set.
	Steps int
	// Tick is the time between two rounds of the stream of statuses; zero is a second.
	Tick time.Duration
	// Results makes a results bundle, zip or XML; nil gives the file testdata/result.xml.
	// An asset that was not sent is nil.
	Results func(recipe, config, product []byte) []byte

	ChunkSize    uint64   // the largest chunk; zero is 64 KiB
	MaxIDHashLen uint64   // the largest content that may be its own hash
	HashFuncs    []uint64 // multihash codes of those that it names, best first; nil is SHA-256 alone

	TLS *tls.Config // nil is none
}

// Counts is what has happened at a broker since New, and what is left there.
type Counts struct {
	Logins       int // tokens given out
	Created      int // jobs
	Started      int
	DoubleStarts int // of jobs that had been started
	Ended        int
	Uploads      int // contents that were transferred, and not there already
	Downloads    int // results that were transferred whole
	Streams      int // of statuses, opened
	Looks        int // statuses that were asked for
	Jobs         int // left
	Assets       int // contents left
}

// A Broker is a fake broker. All of it may be used by several goroutines at once.
type Broker struct {
	brokerpb.UnimplementedAuthServer
	brokerpb.UnimplementedClientServer
	conf Config

	mu      sync.Mutex
	counts  Counts
	tokens  map[string]bool
	jobs    map[string]*job
	assets  map[string][]byte // contents by their hash
	faults  map[string][]Fault
	changed chan struct{} // closed and replaced when something has happened
	serial  int

	server *grpc.Server      // nil when stopped
	memory *bufconn.Listener // nil when stopped, or on a port
	conns  map[net.Conn]bool
}

// New returns a broker that is not reachable yet: see Listen and Start.
func New(c Config) *Broker {
	c.Key, c.Secret = cmp.Or(c.Key, "testkey"), cmp.Or(c.Secret, "secret")
	c.Tick, c.ChunkSize = cmp.Or(c.Tick, time.Second), cmp.Or(c.ChunkSize, 64<<10)
	if c.HashFuncs == nil {
		c.HashFuncs = []uint64{0x12}
	}
	if c.Results == nil {
		c.Results = func(_, _, _ []byte) []byte { return resultXML }
	}
	return &Broker{
		conf: c, tokens: map[string]bool{}, jobs: map[string]*job{}, assets: map[string][]byte{},
		faults: map[string][]Fault{}, changed: make(chan struct{}), conns: map[net.Conn]bool{},
	}
}

// Listen makes the broker reachable on a TCP address such as 127.0.0.1:0, and returns the
// address that it got, at which it can be started again.
func (b *Broker) Listen(address string) (string, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return "", fmt.Errorf("listen as a fake broker: %w", err)
	}
	b.serve(l)
	return l.Addr().String(), nil
}

// Start makes the broker reachable by Dial, within this process and without the network.
func (b *Broker) Start() {
	l := bufconn.Listen(64 << 10)
	b.serve(l)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.memory = l
}

// Dial connects to a broker that was started by Start.
func (b *Broker) Dial(ctx context.Context, _ string) (net.Conn, error) {
	b.mu.Lock()
	l := b.memory
	b.mu.Unlock()
	if l == nil {
		return nil, errors.New("the fake broker is stopped")
	}
	return l.DialContext(ctx)
}

func (b *Broker) serve(l net.Listener) {
	trust := insecure.NewCredentials()
	if b.conf.TLS != nil {
		trust = credentials.NewTLS(b.conf.TLS)
	}
	s := grpc.NewServer(
		grpc.Creds(trust),
		grpc.ChainUnaryInterceptor(b.unary), grpc.ChainStreamInterceptor(b.stream),
		grpc.MaxRecvMsgSize(16<<20),
	)
	brokerpb.RegisterAuthServer(s, b)
	brokerpb.RegisterClientServer(s, b)
	b.mu.Lock()
	b.server = s
	b.mu.Unlock()
	go func() { _ = s.Serve(&listener{l, b}) }()
}

// Stop makes the broker unreachable and breaks off all connections. It keeps what it knows.
func (b *Broker) Stop() {
	b.mu.Lock()
	s := b.server
	b.server, b.memory = nil, nil
	b.mu.Unlock()
	if s != nil {
		s.Stop()
	}
}

// Cut breaks off all connections. The broker stays reachable.
func (b *Broker) Cut() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.conns {
		_ = c.Close()
	}
	clear(b.conns)
}

// Forget loses all jobs, contents and tokens, as a broker that keeps nothing on disk does
// when it is restarted. Counts that say what has happened stay.
func (b *Broker) Forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.jobs)
	clear(b.assets)
	clear(b.tokens)
	b.happened()
}

// ExpireTokens makes all tokens invalid.
func (b *Broker) ExpireTokens() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.tokens)
}

// Counts returns what has happened so far.
func (b *Broker) Counts() Counts {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.count()
}

func (b *Broker) count() Counts {
	c := b.counts
	c.Jobs, c.Assets = len(b.jobs), len(b.assets)
	return c
}

// Until waits for something to have happened.
func (b *Broker) Until(ctx context.Context, is func(Counts) bool) error {
	for {
		b.mu.Lock()
		c, changed := b.count(), b.changed
		b.mu.Unlock()
		if is(c) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for the fake broker, which has seen %+v: %w", c, context.Cause(ctx))
		}
	}
}

// Jobs lists the jobs that the broker knows, oldest first.
func (b *Broker) Jobs() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.inOrder()
}

func (b *Broker) inOrder() []string {
	ids := make([]string, 0, len(b.jobs))
	for id := range b.jobs {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(x, y string) int { return cmp.Compare(b.jobs[x].serial, b.jobs[y].serial) })
	return ids
}

// happened wakes who waits for something to happen. The caller holds the lock.
func (b *Broker) happened() {
	close(b.changed)
	b.changed = make(chan struct{})
}

// A listener remembers the connections that it accepts.
type listener struct {
	net.Listener
	b *Broker
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.b.mu.Lock()
		defer l.b.mu.Unlock()
		l.b.conns[c] = true
	}
	return c, err
}
