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

// An exception is an error that the broker put into its answer.
type exception struct {
	kind brokerpb.ExceptionType
	text string
}

// Error implements error.
func (e *exception) Error() string {
	return fmt.Sprintf("the broker says %s: %s", e.kind, e.text)
}

// inBand is the error that an answer has in it, or nil.
func inBand(e *brokerpb.Exception) error {
	if e == nil {
		return nil
	}
	return &exception{e.GetType(), e.GetText()}
}

func isException(err error, kind brokerpb.ExceptionType) bool {
	var e *exception
	return errors.As(err, &e) && e.kind == kind
}

// explain says of an error what we were doing, and makes it one that Evaluate may return.
// What the broker wrote into it is freed from our secrets.
func (b *Broker) explain(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", doing, context.Cause(ctx))
	}
	var e *exception
	if errors.As(err, &e) {
		return fmt.Errorf("%s: %w", doing, &exception{e.kind, b.redact(e.text)})
	}
	s, ok := status.FromError(err)
	if !ok {
		return fmt.Errorf("%s: %w", doing, err)
	}
	text := b.redact(s.Message())
	switch s.Code() {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled: // the last when we close
		return fmt.Errorf("%w: %s at %s: %s", ErrUnavailable, doing, b.address, text)
	case codes.Unauthenticated:
		return fmt.Errorf("%s: %w", doing, &exception{brokerpb.ExceptionType_AUTH, text})
	case codes.Unimplemented:
		return fmt.Errorf("%s: what answers at %s is no broker of Momotor, or one of another version: %s", doing, b.address, text)
	}
	return fmt.Errorf("%s: the broker at %s answers %s: %s", doing, b.address, s.Code(), text)
}

// redact takes our secrets out of a text.
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
