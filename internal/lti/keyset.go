package lti

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	maxKeySetBytes = 256 << 10
	keySetTimeout  = 5 * time.Second
	// keySetLifetime is the time after which keys are fetched again. A platform that rotates its keys
	// publishes the old ones at least as long as its tokens are valid.
	keySetLifetime = 24 * time.Hour
	// refetchInterval is the minimum time between two fetches because of an unknown key, so that forged
	// tokens do not make this server send requests.
	refetchInterval = 5 * time.Minute
	// retryInterval is the minimum time between a fetch that failed and the next one.
	retryInterval = 10 * time.Second
)

// keySets are the public keys of platforms, by their URLs.
type keySets struct {
	client *http.Client
	now    func() time.Time

	mu   sync.Mutex
	sets map[string]*keySet
}

func newKeySets(transport http.RoundTripper, now func() time.Time) *keySets {
	client := &http.Client{Transport: transport, Timeout: keySetTimeout, CheckRedirect: func(*http.Request, []*http.Request) error {
		return errors.New("the address of the keys redirects")
	}}
	return &keySets{client: client, now: now, sets: map[string]*keySet{}}
}

// of returns the key set at a URL, which is that of a registration.
func (k *keySets) of(url string) *keySet {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.sets[url] == nil {
		k.sets[url] = &keySet{client: k.client, now: k.now, url: url}
	}
	return k.sets[url]
}

// A keySet is the public keys of a platform. It implements the KeySet of go-oidc, whose own implementation
// reads responses of any size and fetches the keys for every token with an unknown key.
type keySet struct {
	client *http.Client
	now    func() time.Time
	url    string

	mu        sync.Mutex // locked while the keys are fetched
	keys      jose.JSONWebKeySet
	fetched   time.Time
	refetched time.Time // because of an unknown key
	failed    time.Time // of the last fetch that failed
}

// VerifySignature returns the payload of a token that a key of the platform has signed with RS256.
func (s *keySet) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, fmt.Errorf("parse the token: %w", err)
	}
	id := signed.Signatures[0].Header.KeyID
	if id == "" {
		return nil, errors.New("the token does not say which key signed it")
	}
	keys, err := s.find(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		if payload, err := signed.Verify(k); err == nil {
			return payload, nil
		}
	}
	return nil, errors.New("no key of the platform signed the token")
}

// find returns the keys with an id. It fetches the keys if they are old, or once if the id is unknown.
func (s *keySet) find(ctx context.Context, id string) ([]jose.JSONWebKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if now.Sub(s.fetched) >= keySetLifetime {
		// Known keys remain valid if the platform is unavailable.
		if err := s.fetch(ctx); err != nil && len(s.keys.Key(id)) == 0 {
			return nil, err
		}
	}
	if len(s.keys.Key(id)) == 0 && !now.Equal(s.fetched) && now.Sub(s.refetched) >= refetchInterval {
		s.refetched = now
		if err := s.fetch(ctx); err != nil {
			return nil, err
		}
	}
	return s.keys.Key(id), nil
}

// fetch fetches the keys, unless that has failed a short time ago.
func (s *keySet) fetch(ctx context.Context) error {
	if s.now().Sub(s.failed) < retryInterval {
		return errors.New("the keys of the platform could not be fetched a short time ago")
	}
	keys, err := s.download(ctx)
	if err != nil {
		s.failed = s.now()
		return err
	}
	s.keys, s.fetched = keys, s.now()
	return nil
}

func (s *keySet) download(ctx context.Context) (keys jose.JSONWebKeySet, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, http.NoBody)
	if err != nil {
		return keys, err
	}
	res, err := s.client.Do(req)
	if err != nil {
		return keys, fmt.Errorf("fetch the keys of the platform: %w", err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxKeySetBytes+1))
	switch {
	case err != nil:
		return keys, fmt.Errorf("fetch the keys of the platform: %w", err)
	case res.StatusCode != http.StatusOK:
		return keys, fmt.Errorf("fetch the keys of the platform: the status is %d", res.StatusCode)
	case len(body) > maxKeySetBytes:
		return keys, errors.New("fetch the keys of the platform: the response is too large")
	}
	if err := json.Unmarshal(body, &keys); err != nil {
		return keys, fmt.Errorf("parse the keys of the platform: %w", err)
	}
	return keys, nil
}
