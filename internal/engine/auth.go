package engine

import (
	"context"
	"crypto/hmac"
	"crypto/sha512"
	"errors"
	"fmt"

	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/momotor/resultgraph/internal/engine/brokerpb"
)

// errRefused says that the broker does not accept our key. It comes with ErrUnavailable,
// for the work is not to blame.
var errRefused = errors.New("the broker refuses the API key")

// A session is what the broker let us in with.
type session struct {
	token string
	info  *brokerpb.ServerInfoResponse
}

// attach puts the token where the broker looks for it.
func (s *session) attach(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "auth-token", s.token)
}

// session returns the one that is in use, or makes one. Of several goroutines that need a
// new one, one makes it.
func (b *Broker) session(ctx context.Context) (*session, error) {
	if s := b.current.Load(); s != nil {
		return s, nil
	}
	select {
	case b.entering <- struct{}{}:
		defer func() { <-b.entering }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if s := b.current.Load(); s != nil {
		return s, nil
	}
	s, err := b.authenticate(ctx)
	if isException(err, brokerpb.ExceptionType_AUTH) {
		err = b.refused(err)
	}
	if err != nil {
		return nil, blameless(ctx, err)
	}
	b.current.Store(s)
	return s, nil
}

// refused says what to do when the broker does not let us in.
func (b *Broker) refused(err error) error {
	return fmt.Errorf("%w: %w; check the key and its secret, which the administrator of %s gave out: %w", ErrUnavailable, errRefused, b.address, err)
}

// drop forgets a session that the broker does not accept any more.
func (b *Broker) drop(s *session) { b.current.CompareAndSwap(s, nil) }

// authenticate asks the broker who it is, and proves to it who we are.
func (b *Broker) authenticate(parent context.Context) (*session, error) {
	const doing = "log in to the broker"
	ctx, cancel := context.WithTimeout(parent, callTime)
	defer cancel()
	info, err := b.auth.ServerInfo(ctx, &emptypb.Empty{})
	if err == nil {
		err = inBand(info.GetException())
	}
	if err != nil {
		return nil, b.explain(parent, doing, err)
	}
	token, err := b.prove(ctx)
	if err != nil {
		return nil, b.explain(parent, doing, err)
	}
	return &session{token, info}, nil
}

// prove answers the broker's challenge, and returns the token that it gives for that.
func (b *Broker) prove(ctx context.Context) (string, error) {
	stream, err := b.auth.Authenticate(ctx)
	if err != nil {
		return "", err
	}
	_ = stream.Send(&brokerpb.AuthenticateRequest{Request: &brokerpb.AuthenticateRequest_ApiKey{ApiKey: b.key}})
	answer, err := stream.Recv() // which also tells why Send failed
	if err == nil {
		err = inBand(answer.GetException())
	}
	if err != nil {
		return "", err
	}
	challenge := answer.GetChallenge()
	if challenge.GetSalt() == "" {
		return "", errors.New("the broker sends no challenge, or one without salt")
	}
	_ = stream.Send(&brokerpb.AuthenticateRequest{Request: &brokerpb.AuthenticateRequest_ChallengeResponse{
		ChallengeResponse: respond(b.key, b.secret, challenge.GetSalt(), challenge.GetValue()),
	}})
	_ = stream.CloseSend()
	if answer, err = stream.Recv(); err == nil {
		err = inBand(answer.GetException())
	}
	if err == nil && answer.GetAuthToken() == "" {
		err = errors.New("the broker accepts the key and sends no token")
	}
	return answer.GetAuthToken(), err
}

// respond computes the answer to a challenge. The salt must not be empty.
func respond(key, secret, salt string, challenge []byte) []byte {
	const size = sha512.BlockSize
	k := key + salt + secret
	for len(k) < size {
		k += salt
	}
	mac := hmac.New(sha512.New, []byte(k[:size]))
	mac.Write(challenge)
	return mac.Sum(nil)
}
