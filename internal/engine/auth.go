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

// errUnauthorized is the error if the broker rejects our key. It is wrapped together with
// ErrUnavailable, because the submission is not the cause.
var errUnauthorized = errors.New("the broker rejects the API key")

// A session is an authenticated session with the broker.
type session struct {
	token string
	info  *brokerpb.ServerInfoResponse
}

// withToken returns a context that sends the token to the broker.
func (s *session) withToken(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "auth-token", s.token)
}

// session returns the current session, or logs in. If several goroutines need a new session,
// only one of them logs in.
func (b *Broker) session(ctx context.Context) (*session, error) {
	if s := b.current.Load(); s != nil {
		return s, nil
	}
	select {
	case b.loginLock <- struct{}{}:
		defer func() { <-b.loginLock }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if s := b.current.Load(); s != nil {
		return s, nil
	}
	s, err := b.authenticate(ctx)
	if isException(err, brokerpb.ExceptionType_AUTH) {
		err = b.unauthorizedError(err)
	}
	if err != nil {
		return nil, asUnavailable(ctx, err)
	}
	b.current.Store(s)
	return s, nil
}

// unauthorizedError adds instructions to the error of a rejected login.
func (b *Broker) unauthorizedError(err error) error {
	return fmt.Errorf("%w: %w; check the key and its secret, which the administrator of %s provides: %w", ErrUnavailable, errUnauthorized, b.address, err)
}

// forgetSession forgets a session that the broker no longer accepts.
func (b *Broker) forgetSession(s *session) { b.current.CompareAndSwap(s, nil) }

// authenticate reads the information about the broker and logs in.
func (b *Broker) authenticate(parent context.Context) (*session, error) {
	const operation = "log in to the broker"
	ctx, cancel := context.WithTimeout(parent, callTimeout)
	defer cancel()
	info, err := b.auth.ServerInfo(ctx, &emptypb.Empty{})
	if err == nil {
		err = exceptionError(info.GetException())
	}
	if err != nil {
		return nil, b.wrapError(parent, operation, err)
	}
	token, err := b.answerChallenge(ctx)
	if err != nil {
		return nil, b.wrapError(parent, operation, err)
	}
	return &session{token, info}, nil
}

// answerChallenge answers the broker's challenge and returns the token for it.
func (b *Broker) answerChallenge(ctx context.Context) (string, error) {
	stream, err := b.auth.Authenticate(ctx)
	if err != nil {
		return "", err
	}
	_ = stream.Send(&brokerpb.AuthenticateRequest{Request: &brokerpb.AuthenticateRequest_ApiKey{ApiKey: b.key}})
	response, err := stream.Recv() // which also returns the error of a failed Send
	if err == nil {
		err = exceptionError(response.GetException())
	}
	if err != nil {
		return "", err
	}
	challenge := response.GetChallenge()
	if challenge.GetSalt() == "" {
		return "", errors.New("the broker sends no challenge, or one without a salt")
	}
	_ = stream.Send(&brokerpb.AuthenticateRequest{Request: &brokerpb.AuthenticateRequest_ChallengeResponse{
		ChallengeResponse: respond(b.key, b.secret, challenge.GetSalt(), challenge.GetValue()),
	}})
	_ = stream.CloseSend()
	if response, err = stream.Recv(); err == nil {
		err = exceptionError(response.GetException())
	}
	if err == nil && response.GetAuthToken() == "" {
		err = errors.New("the broker accepts the key but sends no token")
	}
	return response.GetAuthToken(), err
}

// respond computes the response to a challenge. The salt must not be empty.
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
