package enginetest

import (
	"context"
	"path"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/momotor/resultgraph/internal/engine/brokerpb"
)

// A Fault is a wrong behaviour of the broker in one call.
type Fault struct {
	kind      kind
	exception *brokerpb.Exception
	status    error // of gRPC
}

type kind int

const (
	none kind = iota
	rejected
	disconnect
	noResponse
	corrupted
	truncated
	tooLong
	emptyChunks
	stalledHalfway
	disconnectHalfway
	earlyClose
	statusError
)

// The faults. Disconnect and NoResponse apply to every method, EarlyClose to
// multiJobStatusStream and the others to downloadAsset. For a streaming method, Disconnect comes
// before any effect.
var (
	Disconnect        = Fault{kind: disconnect}        // executes the request and disconnects without a response
	NoResponse        = Fault{kind: noResponse}        // does not execute the request and does not respond
	Corrupted         = Fault{kind: corrupted}         // sends other bytes than announced
	Truncated         = Fault{kind: truncated}         // sends only half of the content
	TooLong           = Fault{kind: tooLong}           // sends more content than announced
	EmptyChunks       = Fault{kind: emptyChunks}       // sends empty chunks without end
	StalledHalfway    = Fault{kind: stalledHalfway}    // sends half of the content, then nothing
	DisconnectHalfway = Fault{kind: disconnectHalfway} // sends half of the content, then disconnects
	EarlyClose        = Fault{kind: earlyClose}        // closes the stream while jobs are active
)

// Reject returns the fault of a response with an exception.
func Reject(kind brokerpb.ExceptionType, text string) Fault {
	return Fault{kind: rejected, exception: &brokerpb.Exception{Type: kind, Text: text}}
}

// Status returns the fault of an immediate gRPC status.
func Status(code codes.Code, text string) Fault {
	return Fault{kind: statusError, status: status.Error(code, text)}
}

// InjectFaults injects faults into the next calls of a method such as startJob, one per call.
func (b *Broker) InjectFaults(method string, faults ...Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults[method] = append(b.faults[method], faults...)
}

// nextFault returns and removes the next fault of a method.
func (b *Broker) nextFault(fullMethod string) Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	method := path.Base(fullMethod)
	list := b.faults[method]
	if len(list) == 0 {
		return Fault{}
	}
	b.faults[method] = list[1:]
	return list[0]
}

type faultKey struct{}

// faultOf returns the fault of a call.
func faultOf(ctx context.Context) Fault {
	f, _ := ctx.Value(faultKey{}).(Fault)
	return f
}

func (b *Broker) interceptUnary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	f := b.nextFault(info.FullMethod)
	if f.kind == noResponse {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if f.status != nil {
		return nil, f.status
	}
	answer, err := handle(context.WithValue(ctx, faultKey{}, f), request)
	if f.kind == disconnect {
		b.CloseConnections()
		return nil, status.Error(codes.Unavailable, "cut")
	}
	return answer, err
}

func (b *Broker) interceptStream(server any, s grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
	f := b.nextFault(info.FullMethod)
	switch f.kind {
	case noResponse:
		<-s.Context().Done()
		return s.Context().Err()
	case disconnect:
		b.CloseConnections()
		return status.Error(codes.Unavailable, "cut")
	case statusError:
		return f.status
	}
	return handle(server, &stream{s, context.WithValue(s.Context(), faultKey{}, f)})
}

// A stream is a server stream with another context.
type stream struct {
	grpc.ServerStream
	ctx context.Context
}

// Context implements grpc.ServerStream.
func (s *stream) Context() context.Context { return s.ctx }

// checkToken returns the exception of a Reject fault, or an AUTH exception if the token is
// invalid, or nil.
func (b *Broker) checkToken(ctx context.Context) *brokerpb.Exception {
	if f := faultOf(ctx); f.kind == rejected {
		return f.exception
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, token := range metadata.ValueFromIncomingContext(ctx, "auth-token") {
		if b.tokens[token] {
			return nil
		}
	}
	return &brokerpb.Exception{Type: brokerpb.ExceptionType_AUTH, Text: "the token is not valid"}
}
