package lti

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/sync/singleflight"
)

const (
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

func newKeySets(client *http.Client, now func() time.Time) *keySets {
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

	fetching  singleflight.Group // launches with a known key do not wait for it
	mu        sync.Mutex         // guards the fields below
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

// find returns the keys with an id. It fetches the keys if they are old, or once if the id is unknown. Known
// keys remain valid if the platform is unavailable.
func (s *keySet) find(ctx context.Context, id string) ([]jose.JSONWebKey, error) {
	keys, isFresh := s.known(id)
	if isFresh && len(keys) > 0 {
		return keys, nil
	}
	err := s.refresh(ctx)
	if keys, _ = s.known(id); len(keys) > 0 {
		return keys, nil
	}
	return nil, err
}

// known returns the keys with an id that this server has, and whether they are not old.
func (s *keySet) known(id string) (keys []jose.JSONWebKey, isFresh bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys.Key(id), s.isFresh(s.now())
}

func (s *keySet) isFresh(now time.Time) bool { return now.Sub(s.fetched) < keySetLifetime }

// refresh fetches the keys. Callers at the same time share a fetch, which goes on if one of them leaves.
func (s *keySet) refresh(ctx context.Context) error {
	done := s.fetching.DoChan("", func() (any, error) { return nil, s.fetch(context.WithoutCancel(ctx)) })
	select {
	case r := <-done:
		return r.Err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// fetch fetches the keys, unless that has failed a short time ago or was of no use a short time ago.
func (s *keySet) fetch(ctx context.Context) error {
	s.mu.Lock()
	now := s.now()
	isRefetch := s.isFresh(now)
	tooEarly := isRefetch && now.Sub(s.refetched) < refetchInterval
	failedBefore := now.Sub(s.failed) < retryInterval
	s.mu.Unlock()
	switch {
	case failedBefore:
		return errors.New("the keys of the platform could not be fetched a short time ago")
	case tooEarly:
		return errors.New("the platform does not publish the key of the token")
	}
	keys, err := s.download(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.failed = s.now()
		return fmt.Errorf("fetch the keys of the platform: %w", err)
	}
	s.keys, s.fetched = keys, now
	if isRefetch {
		s.refetched = now
	}
	return nil
}

// download returns the keys that the platform publishes, which are not empty.
func (s *keySet) download(ctx context.Context) (keys jose.JSONWebKeySet, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, http.NoBody)
	if err != nil {
		return keys, err
	}
	if err := fetchJSON(s.client, req, &keys); err != nil {
		return keys, err
	}
	if len(keys.Keys) == 0 {
		return keys, errors.New("the platform publishes no keys")
	}
	return keys, nil
}
