package lti

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/internal/seal"
)

const (
	keySize = 2048 // bits
	// A key signs for keyRotation. It is published as long again, for those who have signatures of it.
	keyRotation  = 90 * 24 * time.Hour
	keyRetention = 2 * keyRotation
)

func keyPurpose(id string) string { return "signing key " + id }

// serveKeys responds with the public keys of this server.
func (t *Tool) serveKeys(w http.ResponseWriter, r *http.Request) error {
	keys, err := t.signingKeys(r.Context())
	if err != nil {
		return err
	}
	set := jose.JSONWebKeySet{}
	for _, k := range keys {
		set.Keys = append(set.Keys, k.Public())
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	return json.NewEncoder(w).Encode(set)
}

// signingKeys returns the keys of this server, the one that signs first. It makes a new key if there is none
// or if the newest is old. Instances that do so at the same time make one each, and publish all of them. A key
// that was sealed with another secret key counts as missing, so that launches work after a loss of the secret
// key.
func (t *Tool) signingKeys(ctx context.Context) ([]jose.JSONWebKey, error) {
	rows, err := t.conf.Store.SigningKeys(ctx)
	if err != nil {
		return nil, err
	}
	var keys []jose.JSONWebKey
	var newest time.Time
	for _, row := range rows {
		key, err := t.openSigningKey(row)
		if err != nil {
			t.conf.Log.WarnContext(ctx, "signing key not usable", "key", row.ID, "error", err)
			continue
		}
		if keys == nil {
			newest = row.CreatedAt
		}
		keys = append(keys, key)
	}
	now := t.conf.Now().UTC().Truncate(time.Microsecond)
	if now.Sub(newest) < keyRotation {
		return keys, nil
	}
	key, err := t.addSigningKey(ctx, now)
	return append([]jose.JSONWebKey{key}, keys...), err
}

// addSigningKey makes and stores a new key, and deletes the keys that are no longer published.
func (t *Tool) addSigningKey(ctx context.Context, now time.Time) (k jose.JSONWebKey, err error) {
	row, err := t.newSigningKey(now)
	if err != nil {
		return k, err
	}
	if err := t.conf.Store.AddSigningKey(ctx, row, now.Add(-keyRetention)); err != nil {
		return k, err
	}
	return t.openSigningKey(row)
}

func (t *Tool) newSigningKey(now time.Time) (*db.SigningKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, keySize)
	if err != nil {
		return nil, fmt.Errorf("make a signing key: %w", err)
	}
	id := rand.Text()
	return &db.SigningKey{ID: id, Sealed: t.conf.Key.Seal(x509.MarshalPKCS1PrivateKey(key), keyPurpose(id)), CreatedAt: now}, nil
}

func (t *Tool) openSigningKey(row *db.SigningKey) (jose.JSONWebKey, error) {
	return openSigningKey(t.conf.Key, row)
}

// CheckSeal fails with seal.ErrWrongKey or seal.ErrDamaged if a secret key does not open a signing key.
func CheckSeal(secret *seal.Key, row *db.SigningKey) error {
	_, err := openSigningKey(secret, row)
	return err
}

func openSigningKey(secret *seal.Key, row *db.SigningKey) (k jose.JSONWebKey, err error) {
	text, err := secret.Open(row.Sealed, keyPurpose(row.ID))
	if err != nil {
		return k, fmt.Errorf("open signing key %s: %w", row.ID, err)
	}
	private, err := x509.ParsePKCS1PrivateKey(text)
	if err != nil {
		return k, fmt.Errorf("parse signing key %s: %w", row.ID, err)
	}
	return jose.JSONWebKey{Key: private, KeyID: row.ID, Algorithm: string(jose.RS256), Use: "sig"}, nil
}
