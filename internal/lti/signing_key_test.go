package lti_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
)

// The public keys of the tool remain the same until they are old. A new key then signs, and the old one remains
// published for as long again.
func TestToolKeys(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.Store) {
		s := newSite(t, store)
		keys := func() (set jose.JSONWebKeySet) {
			t.Helper()
			if err := json.Unmarshal([]byte(s.get(t, "/lti/jwks.json").body), &set); err != nil {
				t.Fatal(err)
			}
			return set
		}
		first := keys()
		if len(first.Keys) != 1 || !first.Keys[0].IsPublic() || first.Keys[0].Algorithm != "RS256" {
			t.Fatalf("the keys are %v", first)
		}
		if second := keys(); len(second.Keys) != 1 || second.Keys[0].KeyID != first.Keys[0].KeyID {
			t.Errorf("the keys change to %v", second)
		}
		s.clock.Advance(100 * 24 * time.Hour)
		if rotated := keys(); len(rotated.Keys) != 2 || rotated.Keys[1].KeyID != first.Keys[0].KeyID {
			t.Errorf("after 100 days the keys are %v", rotated)
		}
		s.clock.Advance(100 * 24 * time.Hour)
		keys() // makes another key
		if last := keys(); len(last.Keys) != 2 || last.Keys[1].KeyID == first.Keys[0].KeyID {
			t.Errorf("after 200 days the keys are %v", last)
		}
	})
}

// Keys that were sealed with a secret key that is lost are not published, and a new key signs.
func TestToolKeysOfLostSecret(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, store *db.Store) {
		s := newSite(t, store)
		lost := &db.SigningKey{ID: "lost", Sealed: []byte("sealed with another key"), CreatedAt: s.clock.Now()}
		if err := store.AddSigningKey(t.Context(), lost, time.Time{}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			var set jose.JSONWebKeySet
			if err := json.Unmarshal([]byte(s.get(t, "/lti/jwks.json").body), &set); err != nil || len(set.Keys) != 1 || set.Keys[0].KeyID == "lost" {
				t.Errorf("the keys are %v, %v; want one new key", set, err)
			}
		}
	})
}
