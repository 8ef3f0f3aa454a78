package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/momotor/resultgraph/internal/engine/brokerpb"
)

// An Exception is an error that the broker returns in a response.
type Exception struct {
	kind brokerpb.ExceptionType
	text string // foreign text, sanitized and without our secrets
}

// Error returns a text for people who know the recipe.
func (e *Exception) Error() string {
	return fmt.Sprintf("the broker reports %s: %s", e.kind, e.text)
}

// exceptionError returns the exception in a response as an error, or nil.
func exceptionError(e *brokerpb.Exception) error {
	if e == nil {
		return nil
	}
	return &Exception{e.GetType(), e.GetText()}
}

func isException(err error, kind brokerpb.ExceptionType) bool {
	var e *Exception
	return errors.As(err, &e) && e.kind == kind
}

// maxText is the maximum number of bytes of foreign text in an error.
const maxText = 1000

// wrapError adds the operation to an error and converts it to one that Evaluate may return. It
// sanitizes the text of the broker and redacts our secrets. A gRPC status is ErrUnavailable
// whatever its code, because it may come from a proxy or a broker that is starting.
func (b *Broker) wrapError(ctx context.Context, operation string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", operation, context.Cause(ctx))
	}
	var e *Exception
	if errors.As(err, &e) {
		return fmt.Errorf("%s: %w", operation, &Exception{e.kind, sanitize(b.redact(e.text), maxText)})
	}
	s, ok := status.FromError(err)
	if !ok {
		return fmt.Errorf("%s: %w", operation, err)
	}
	text := sanitize(b.redact(s.Message()), maxText)
	switch s.Code() {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled: // Canceled after Close
	case codes.Unauthenticated:
		return fmt.Errorf("%s: %w", operation, &Exception{brokerpb.ExceptionType_AUTH, text})
	case codes.Unimplemented:
		text = "the server is not a Momotor broker, or has another version: " + text
	default:
		text = fmt.Sprintf("the response is %s: %s", s.Code(), text)
	}
	return fmt.Errorf("%w: %s at %s: %s", ErrUnavailable, operation, b.address, text)
}

// redact removes our secrets from a text.
func (b *Broker) redact(text string) string {
	secrets := []string{b.key, b.secret}
	if s := b.current.Load(); s != nil {
		secrets = append(secrets, s.token)
	}
	for _, s := range secrets {
		if s != "" {
			text = strings.ReplaceAll(text, s, "…")
		}
	}
	return text
}
