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

// A Fault is something that a broker does wrong.
type Fault struct {
	kind      kind
	exception *brokerpb.Exception
	status    error // of gRPC
}

type kind int

const (
	none kind = iota
	refused
	cut
	silent
	damaged
	truncated
	endless
	empty
	stalled
	broken
	early
	other
)

// The faults. Cut and Silent are for every method, the next for downloadAsset, Early is for
// multiJobStatusStream. A method that streams is cut before it has done anything.
var (
	Cut       = Fault{kind: cut}       // does what it is asked, and hangs up before it says so
	Silent    = Fault{kind: silent}    // does nothing and does not answer
	Damaged   = Fault{kind: damaged}   // sends other bytes than it has announced
	Truncated = Fault{kind: truncated} // sends only a half
	Endless   = Fault{kind: endless}   // sends more than it has announced
	Empty     = Fault{kind: empty}     // sends pieces without bytes, and no end of them
	Stalled   = Fault{kind: stalled}   // sends a half, and then nothing
	Broken    = Fault{kind: broken}    // sends a half, and hangs up
	Early     = Fault{kind: early}     // closes the stream while jobs are active
)

// Refuse returns the fault of a response with an exception.
func Refuse(kind brokerpb.ExceptionType, text string) Fault {
	return Fault{kind: refused, exception: &brokerpb.Exception{Type: kind, Text: text}}
}

// Status returns the fault of an immediate gRPC status.
func Status(code codes.Code, text string) Fault {
	return Fault{kind: other, status: status.Error(code, text)}
}

// Next injects faults into the next calls of a method such as startJob, one per call.
func (b *Broker) Next(method string, faults ...Fault) {
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

func (b *Broker) unary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	f := b.nextFault(info.FullMethod)
	if f.kind == silent {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if f.status != nil {
		return nil, f.status
	}
	answer, err := handle(context.WithValue(ctx, faultKey{}, f), request)
	if f.kind == cut {
		b.Cut()
		return nil, status.Error(codes.Unavailable, "cut")
	}
	return answer, err
}

func (b *Broker) stream(server any, s grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
	f := b.nextFault(info.FullMethod)
	switch f.kind {
	case silent:
		<-s.Context().Done()
		return s.Context().Err()
	case cut:
		b.Cut()
		return status.Error(codes.Unavailable, "cut")
	case other:
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

// checkToken returns the exception of a Refuse fault, or an AUTH exception if the token is
// invalid, or nil.
func (b *Broker) checkToken(ctx context.Context) *brokerpb.Exception {
	if f := faultOf(ctx); f.kind == refused {
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
