// Package enginetest has a fake of the Momotor engine's broker for tests. It is a gRPC server that
// follows the documentation and injects the faults that a test requests. Its state does not
// depend on connections: it can be stopped and started, and clients may be other processes.
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

// Config is the configuration of a fake broker. Zero values are defaults.
type Config struct {
	Key, Secret string // the accepted API key; empty is "testkey" and "secret"

	// Steps is the number of status updates from the start of a job until it is finished; with
	// zero the test changes the status with SetStatus.
	Steps int
	// Tick is the interval of the status stream; zero is a second.
	Tick time.Duration
	// Results returns a results bundle, zip or XML; nil is the file testdata/result.xml.
	// An asset that was not uploaded is nil.
	Results func(recipe, config, product []byte) []byte

	ChunkSize    uint64   // maximum size of a chunk; zero is 64 KiB
	MaxIDHashLen uint64   // maximum size of content in an identity hash
	HashFuncs    []uint64 // multihash codes of the supported functions, preferred first; nil is SHA-256

	TLS *tls.Config // nil is none
}

// Counts has the numbers of events since New, and of remaining objects.
type Counts struct {
	Logins         int // issued tokens
	Created        int // jobs
	Started        int
	DoubleStarts   int // of jobs that were already started
	Ended          int
	Uploads        int // transferred contents
	Downloads      int // completely transferred results
	Streams        int // opened status streams
	StatusRequests int // status requests
	Jobs           int // left
	Assets         int // remaining contents
}

// A Broker is a fake broker. It is safe for concurrent use.
type Broker struct {
	brokerpb.UnimplementedAuthServer
	brokerpb.UnimplementedClientServer
	config Config

	mu         sync.Mutex
	counts     Counts
	tokens     map[string]bool
	jobs       map[string]*job
	assets     map[string][]byte // contents by their hash
	faults     map[string][]Fault
	changed    chan struct{} // closed and replaced after each change
	lastSerial int

	server *grpc.Server      // nil when stopped
	memory *bufconn.Listener // nil when stopped, or on a port
	conns  map[net.Conn]bool
}

// New returns a broker that is not reachable until Listen or Start.
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
		config: c, tokens: map[string]bool{}, jobs: map[string]*job{}, assets: map[string][]byte{},
		faults: map[string][]Fault{}, changed: make(chan struct{}), conns: map[net.Conn]bool{},
	}
}

// Listen makes the broker reachable on a TCP address such as 127.0.0.1:0, and returns the actual
// address, which can be used to listen again.
func (b *Broker) Listen(address string) (string, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return "", fmt.Errorf("listen as a fake broker: %w", err)
	}
	b.serve(l)
	return l.Addr().String(), nil
}

// Start makes the broker reachable by Dial, in this process and without a network.
func (b *Broker) Start() {
	l := bufconn.Listen(64 << 10)
	b.serve(l)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.memory = l
}

// Dial connects to a broker after Start.
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
	if b.config.TLS != nil {
		trust = credentials.NewTLS(b.config.TLS)
	}
	s := grpc.NewServer(
		grpc.Creds(trust),
		grpc.ChainUnaryInterceptor(b.interceptUnary), grpc.ChainStreamInterceptor(b.interceptStream),
		grpc.MaxRecvMsgSize(16<<20),
	)
	brokerpb.RegisterAuthServer(s, b)
	brokerpb.RegisterClientServer(s, b)
	b.mu.Lock()
	b.server = s
	b.mu.Unlock()
	go func() { _ = s.Serve(&listener{l, b}) }()
}

// Stop makes the broker unreachable and closes all connections. It keeps the state.
func (b *Broker) Stop() {
	b.mu.Lock()
	s := b.server
	b.server, b.memory = nil, nil
	b.mu.Unlock()
	if s != nil {
		s.Stop()
	}
}

// CloseConnections closes all connections. The broker stays reachable.
func (b *Broker) CloseConnections() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.conns {
		_ = c.Close()
	}
	clear(b.conns)
}

// Forget deletes all jobs, contents and tokens, like the restart of a broker without persistent
// state. It keeps the counts of events.
func (b *Broker) Forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.jobs)
	clear(b.assets)
	clear(b.tokens)
	b.notify()
}

// ExpireTokens makes all tokens invalid.
func (b *Broker) ExpireTokens() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.tokens)
}

// Counts returns the current counts.
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

// WaitUntil waits until condition returns true for the counts.
func (b *Broker) WaitUntil(ctx context.Context, condition func(Counts) bool) error {
	for {
		b.mu.Lock()
		c, changed := b.count(), b.changed
		b.mu.Unlock()
		if condition(c) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for the fake broker with counts %+v: %w", c, context.Cause(ctx))
		}
	}
}

// Jobs returns the ids of the jobs, oldest first.
func (b *Broker) Jobs() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sortedJobs()
}

func (b *Broker) sortedJobs() []string {
	ids := make([]string, 0, len(b.jobs))
	for id := range b.jobs {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(x, y string) int { return cmp.Compare(b.jobs[x].serial, b.jobs[y].serial) })
	return ids
}

// notify wakes up the callers of WaitUntil. The caller must hold the lock.
func (b *Broker) notify() {
	close(b.changed)
	b.changed = make(chan struct{})
}

// A listener records the accepted connections.
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
