package engine

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/momotor/resultgraph/internal/engine/brokerpb"
)

// How long the broker may take, and how long we are patient with it.
const (
	callTime   = 30 * time.Second // for a plain answer
	stallTime  = time.Minute      // between two messages of a transfer
	endTime    = 5 * time.Second  // to forget a job, when nobody waits for it any more
	authWait   = time.Second      // before logging in again
	outageTime = 2 * time.Minute  // away while it has our job, before the job is left to later
	longest    = 8 * time.Second  // between two tries to reach it, and a fifth more by chance
)

// maxMessage is the size of an answer: a chunk is some MiB at most.
const maxMessage = 32 << 20

// BrokerConfig says where the broker is and who we are.
type BrokerConfig struct {
	// Address is grpc://HOST[:PORT], which sends student work as it is and is for a broker
	// on the same machine or a network of its own, or grpcs://HOST[:PORT], which encrypts.
	// The ports are 50051 and 50052 where none is given.
	Address string
	// Key and Secret are what the administrator of the broker gave out.
	Key, Secret string
	// Dir is where results lie until they are closed; empty is the system's place for
	// temporary files.
	Dir string
	// Roots are whom to trust for grpcs; nil is whom the system trusts.
	Roots *x509.CertPool
	// Dial connects to HOST:PORT; nil is TCP.
	Dial func(ctx context.Context, address string) (net.Conn, error)
	// Log hears of what Evaluate copes with by itself; nil is nobody.
	Log *slog.Logger
}

// A Broker is the Momotor engine, which is reached through its broker (Momotor engine
// manual). Any number of programs may use the same broker with the same key.
type Broker struct {
	address     string // without secrets
	key, secret string
	dir         string
	log         *slog.Logger

	auth     brokerpb.AuthClient
	client   brokerpb.ClientClient
	current  atomic.Pointer[session] // nil when we have to log in
	entering chan struct{}           // held by who logs in
	news     *news
	closing  context.Context // done once Close is called
	close    func() error
}

// NewBroker returns the engine behind a broker. It does not connect: that is done when
// there is something to say. The error is about the configuration.
func NewBroker(c BrokerConfig) (*Broker, error) {
	host, secure, err := parseAddress(c.Address)
	if err != nil {
		return nil, err
	}
	if c.Key == "" || c.Secret == "" {
		return nil, errors.New("the broker wants an API key and its secret: set both")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	conn, err := grpc.NewClient("passthrough:///"+host, options(&c, secure)...)
	if err != nil {
		return nil, fmt.Errorf("prepare the connection to %s: %w", c.Address, err)
	}
	b := &Broker{
		address: c.Address, key: c.Key, secret: c.Secret, dir: c.Dir, log: c.Log,
		auth: brokerpb.NewAuthClient(conn), client: brokerpb.NewClientClient(conn),
		entering: make(chan struct{}, 1),
	}
	closing, stop := context.WithCancel(context.Background())
	b.closing = closing
	b.close = sync.OnceValue(func() error {
		stop()
		return conn.Close()
	})
	b.news = &news{broker: b, readers: map[string]chan *brokerpb.JobStatus{}}
	return b, nil
}

// parseAddress returns the host and port of an address, and whether to encrypt.
func parseAddress(address string) (host string, secure bool, err error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return "", false, errors.New("the address of the broker must be grpc://HOST:PORT, or grpcs://HOST:PORT with TLS")
	}
	port := u.Port()
	switch u.Scheme {
	case "grpc":
		if port == "" {
			port = "50051"
		}
	case "grpcs":
		secure = true
		if port == "" {
			port = "50052"
		}
	default:
		return "", false, fmt.Errorf("the address of the broker begins with %s: write grpc://, or grpcs:// with TLS", u.Scheme)
	}
	return net.JoinHostPort(u.Hostname(), port), secure, nil
}

func options(c *BrokerConfig, secure bool) []grpc.DialOption {
	trust := insecure.NewCredentials()
	if secure {
		trust = credentials.NewTLS(&tls.Config{RootCAs: c.Roots, MinVersion: tls.VersionTLS12})
	}
	dial := c.Dial
	if dial == nil {
		dial = func(ctx context.Context, address string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", address)
		}
	}
	return []grpc.DialOption{
		grpc.WithTransportCredentials(trust),
		grpc.WithContextDialer(dial),
		grpc.WithDisableServiceConfig(),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: firstPause, Multiplier: 2, Jitter: 0.2, MaxDelay: longest},
			MinConnectTimeout: longest,
		}),
		// A server may hang up on who asks more often than every five minutes
		// (gRPC A8, client-side keepalive); while a job runs we ask for its status.
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 6 * time.Minute, Timeout: 20 * time.Second}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)),
	}
}

// Check implements Engine.
func (b *Broker) Check(parent context.Context) (Info, error) {
	ctx, cancel := context.WithTimeout(parent, callTime)
	defer cancel()
	info, err := b.auth.ServerInfo(ctx, &emptypb.Empty{})
	if err == nil {
		err = inBand(info.GetException())
	}
	if err != nil {
		return Info{}, blameless(parent, b.explain(parent, "ask the broker who it is", err))
	}
	if _, err := b.session(ctx); err != nil {
		return Info{}, fmt.Errorf("be let in by the broker: %w", err)
	}
	return Info{Name: "Momotor broker", Version: info.GetVersion()}, nil
}

// Close implements Engine. It may be called more than once.
func (b *Broker) Close() error {
	if err := b.close(); err != nil {
		return fmt.Errorf("close the connection to %s: %w", b.address, err)
	}
	return nil
}
