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

// An Exception is what the broker has against what it was asked to do. The broker put it
// into its answer.
type Exception struct {
	kind brokerpb.ExceptionType
	text string // foreign, but tidy and free from our secrets
}

// Error implements error, for people who know the recipe.
func (e *Exception) Error() string {
	return fmt.Sprintf("the broker says %s: %s", e.kind, e.text)
}

// inBand is the error that an answer has in it, or nil.
func inBand(e *brokerpb.Exception) error {
	if e == nil {
		return nil
	}
	return &Exception{e.GetType(), e.GetText()}
}

func isException(err error, kind brokerpb.ExceptionType) bool {
	var e *Exception
	return errors.As(err, &e) && e.kind == kind
}

// mostText is how many bytes of the broker's words an error repeats.
const mostText = 1000

// explain says of an error what we were doing, and makes it one that Evaluate may return.
// What the broker wrote into it is tidied and freed from our secrets. An answer of gRPC's
// in place of the broker's says nothing about the work, whatever its code: it may come from
// a proxy, or from a broker that is just being started.
func (b *Broker) explain(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", doing, context.Cause(ctx))
	}
	var e *Exception
	if errors.As(err, &e) {
		return fmt.Errorf("%s: %w", doing, &Exception{e.kind, tidy(b.redact(e.text), mostText)})
	}
	s, ok := status.FromError(err)
	if !ok {
		return fmt.Errorf("%s: %w", doing, err)
	}
	text := tidy(b.redact(s.Message()), mostText)
	switch s.Code() {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled: // the last when we close
	case codes.Unauthenticated:
		return fmt.Errorf("%s: %w", doing, &Exception{brokerpb.ExceptionType_AUTH, text})
	case codes.Unimplemented:
		text = "what answers is no broker of Momotor, or one of another version: " + text
	default:
		text = fmt.Sprintf("it answers %s: %s", s.Code(), text)
	}
	return fmt.Errorf("%w: %s at %s: %s", ErrUnavailable, doing, b.address, text)
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
