package enginetest

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha512"
	"strings"

	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/momotor/resultgraph/internal/engine/brokerpb"
)

// ServerInfo implements brokerpb.AuthServer.
func (b *Broker) ServerInfo(ctx context.Context, _ *emptypb.Empty) (*brokerpb.ServerInfoResponse, error) {
	if f := faultOf(ctx); f.kind == rejected {
		return &brokerpb.ServerInfoResponse{Exception: f.exception}, nil
	}
	return &brokerpb.ServerInfoResponse{
		Version: "fake", ProtoVersion: "5", ChunkSize: b.config.ChunkSize,
		MaxIdHashLen: b.config.MaxIDHashLen, HashFunc: b.config.HashFuncs, ProgressUpdateInterval: 1,
	}, nil
}

// Authenticate implements brokerpb.AuthServer.
func (b *Broker) Authenticate(s brokerpb.Auth_AuthenticateServer) error {
	if f := faultOf(s.Context()); f.kind == rejected {
		return s.Send(authException(f.exception))
	}
	request, err := s.Recv()
	if err != nil {
		return err
	}
	challenge := &brokerpb.Challenge{Value: make([]byte, 512), Salt: rand.Text()[:8]}
	_, _ = rand.Read(challenge.Value) // never fails
	if err := s.Send(&brokerpb.AuthenticateResponse{Response: &brokerpb.AuthenticateResponse_Challenge{Challenge: challenge}}); err != nil {
		return err
	}
	key := request.GetApiKey()
	if request, err = s.Recv(); err != nil {
		return err
	}
	if key != b.config.Key || !hmac.Equal(request.GetChallengeResponse(), b.expectedResponse(challenge)) {
		// The message contains the key, so that tests can check that the client redacts it.
		return s.Send(authException(&brokerpb.Exception{Type: brokerpb.ExceptionType_AUTH, Text: "wrong key or secret: " + key}))
	}
	token := rand.Text()
	b.mu.Lock()
	b.tokens[token] = true
	b.counts.Logins++
	b.notify()
	b.mu.Unlock()
	return s.Send(&brokerpb.AuthenticateResponse{Response: &brokerpb.AuthenticateResponse_AuthToken{AuthToken: token}})
}

func authException(e *brokerpb.Exception) *brokerpb.AuthenticateResponse {
	return &brokerpb.AuthenticateResponse{Response: &brokerpb.AuthenticateResponse_Exception{Exception: e}}
}

// expectedResponse returns the correct response to a challenge.
func (b *Broker) expectedResponse(c *brokerpb.Challenge) []byte {
	key := b.config.Key + c.GetSalt() + b.config.Secret
	key = (key + strings.Repeat(c.GetSalt(), 128))[:128]
	mac := hmac.New(sha512.New, []byte(key))
	mac.Write(c.GetValue())
	return mac.Sum(nil)
}
