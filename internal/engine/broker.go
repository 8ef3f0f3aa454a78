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
	grpcbackoff "google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/momotor/resultgraph/internal/engine/brokerpb"
)

// Timeouts and delays.
const (
	callTimeout  = 30 * time.Second // of a call without a stream
	stallTimeout = time.Minute      // between two messages of a transfer
	endTimeout   = 5 * time.Second  // of the request to forget a job, after the end of its context
	reloginDelay = time.Second      // before another login
	maxOutage    = 2 * time.Minute  // total delay for a broker that has our job, before ErrUnavailable
	maxBackoff   = 8 * time.Second  // between two attempts to connect, without the jitter
)

// maxMessage is the maximum size of a response in bytes. A chunk has some MiB at most.
const maxMessage = 32 << 20

// BrokerConfig is the configuration of a Broker.
type BrokerConfig struct {
	// Address is grpcs://HOST[:PORT] for an encrypted connection, or grpc://HOST[:PORT] for a
	// broker on the same machine or a private network. The default ports are 50052 and 50051.
	Address string
	// Key and Secret are the API key, which the administrator of the broker provides.
	Key, Secret string
	// Dir is the directory for results until they are closed; empty is the default directory
	// for temporary files.
	Dir string
	// Roots are the trusted certificate authorities for grpcs; nil is the system's.
	Roots *x509.CertPool
	// Dial connects to HOST:PORT; nil is TCP.
	Dial func(ctx context.Context, address string) (net.Conn, error)
	// Log logs problems that Evaluate handles itself; nil is no log.
	Log *slog.Logger
}

// A Broker implements Engine with the broker of a Momotor engine (Momotor engine manual). Any
// number of instances may use the same broker with the same key.
type Broker struct {
	address     string // without secrets
	key, secret string
	dir         string
	log         *slog.Logger

	auth      brokerpb.AuthClient
	client    brokerpb.ClientClient
	current   atomic.Pointer[session] // nil if not logged in
	loginLock chan struct{}           // held during a login
	statuses  *statusStream
	closing   context.Context // done after Close
	close     func() error
}

// NewBroker returns the engine behind a broker. It does not connect until the first call. The
// error is about the configuration.
func NewBroker(c BrokerConfig) (*Broker, error) {
	host, secure, err := parseAddress(c.Address)
	if err != nil {
		return nil, err
	}
	if c.Key == "" || c.Secret == "" {
		return nil, errors.New("the broker needs an API key and its secret: set both")
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
		loginLock: make(chan struct{}, 1),
	}
	closing, stop := context.WithCancel(context.Background())
	b.closing = closing
	b.close = sync.OnceValue(func() error {
		stop()
		return conn.Close()
	})
	b.statuses = &statusStream{broker: b, subscribers: map[string]chan *brokerpb.JobStatus{}}
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
			Backoff:           grpcbackoff.Config{BaseDelay: minBackoff, Multiplier: 2, Jitter: 0.2, MaxDelay: maxBackoff},
			MinConnectTimeout: maxBackoff,
		}),
		// A server may disconnect clients with keepalive pings more often than every five
		// minutes (gRPC A8, client-side keepalive). While a job runs we poll its status.
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 6 * time.Minute, Timeout: 20 * time.Second}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)),
	}
}

// Check implements Engine.
func (b *Broker) Check(parent context.Context) (Info, error) {
	ctx, cancel := context.WithTimeout(parent, callTimeout)
	defer cancel()
	info, err := b.auth.ServerInfo(ctx, &emptypb.Empty{})
	if err == nil {
		err = exceptionError(info.GetException())
	}
	if err != nil {
		return Info{}, asUnavailable(parent, b.wrapError(parent, "read the information about the broker", err))
	}
	if _, err := b.session(ctx); err != nil {
		return Info{}, err
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
