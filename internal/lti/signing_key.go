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
// or if the newest is old. Instances that do so at the same time make one each, and publish all of them.
func (t *Tool) signingKeys(ctx context.Context) ([]jose.JSONWebKey, error) {
	rows, err := t.conf.Store.SigningKeys(ctx)
	if err != nil {
		return nil, err
	}
	now := t.conf.Now().UTC().Truncate(time.Microsecond)
	if len(rows) == 0 || now.Sub(rows[0].CreatedAt) >= keyRotation {
		row, err := t.newSigningKey(now)
		if err != nil {
			return nil, err
		}
		if err := t.conf.Store.AddSigningKey(ctx, row, now.Add(-keyRetention)); err != nil {
			return nil, err
		}
		rows = append([]*db.SigningKey{row}, rows...)
	}
	keys := make([]jose.JSONWebKey, len(rows))
	for i, row := range rows {
		if keys[i], err = t.openSigningKey(row); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

func (t *Tool) newSigningKey(now time.Time) (*db.SigningKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, keySize)
	if err != nil {
		return nil, fmt.Errorf("make a signing key: %w", err)
	}
	id := rand.Text()
	return &db.SigningKey{ID: id, Sealed: t.conf.Key.Seal(x509.MarshalPKCS1PrivateKey(key), keyPurpose(id)), CreatedAt: now}, nil
}

func (t *Tool) openSigningKey(row *db.SigningKey) (k jose.JSONWebKey, err error) {
	text, err := t.conf.Key.Open(row.Sealed, keyPurpose(row.ID))
	if err != nil {
		return k, fmt.Errorf("open signing key %s: %w", row.ID, err)
	}
	private, err := x509.ParsePKCS1PrivateKey(text)
	if err != nil {
		return k, fmt.Errorf("parse signing key %s: %w", row.ID, err)
	}
	return jose.JSONWebKey{Key: private, KeyID: row.ID, Algorithm: string(jose.RS256), Use: "sig"}, nil
}
