package check

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/internal/canvas"
	"github.com/momotor/resultgraph/internal/canvas/accounts"
	"github.com/momotor/resultgraph/internal/seal"
)

func newKey(t *testing.T, fill byte) *seal.Key {
	t.Helper()
	k, err := seal.NewKey(bytes.Repeat([]byte{fill}, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// setToken stores a Canvas token, sealed with a key.
func setToken(t *testing.T, store *db.Store, key *seal.Key, account *db.Account, token string) {
	t.Helper()
	all := accounts.New(accounts.Config{Store: store, Key: key, Now: time.Now})
	const verify = false
	if _, err := all.Set(t.Context(), account, canvas.Grant{AccessToken: token, RefreshToken: "refresh"}, verify); err != nil {
		t.Fatal(err)
	}
}

// The secret key must open all tokens. A signing key that it does not open is a warning, because the server makes
// a new one.
func TestSecretKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, store *db.Store) {
		fx := dbtest.NewFixture(t, store)
		key, other := newKey(t, 1), newKey(t, 2)
		require := func(name string, key *seal.Key, state State) {
			t.Helper()
			f, err := SecretKey(t.Context(), store, key)
			if err != nil || f.State != state {
				t.Errorf("%s: %+v, %v, want %s", name, f, err, state)
			}
		}
		require("no key and nothing sealed", nil, OK)
		signing := &db.SigningKey{ID: "signing", Sealed: key.Seal([]byte("not a key"), "signing key signing"), CreatedAt: dbtest.Noon}
		if err := store.AddSigningKey(t.Context(), signing, dbtest.Noon); err != nil {
			t.Fatal(err)
		}
		require("a damaged signing key", key, Warning)
		dbtest.Exec(t, store, "DELETE FROM lti_key")
		setToken(t, store, key, fx.Account, "token")
		require("no key and a token", nil, Failed)
		require("the key of the token", key, OK)
		require("another key", other, Failed)
		dbtest.Exec(t, store, "UPDATE canvas_access SET refresh_token = token")
		require("a damaged refresh token", key, Failed)
	})
}

// sealedColumns are the columns that the secret key seals. SecretKey opens them all.
var sealedColumns = []string{"canvas_access.refresh_token", "canvas_access.token", "lti_key.sealed"}

// Every column with bytes is sealed, so that SecretKey misses none, or listed here.
func TestSealedColumns(t *testing.T) {
	t.Parallel()
	store := dbtest.NewPostgres(t)
	rows, err := store.SQL().QueryContext(context.Background(), `SELECT table_name || '.' || column_name FROM information_schema.columns
		WHERE table_schema = 'public' AND data_type = 'bytea' AND table_name NOT LIKE 'river%' ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got []string
	for rows.Next() {
		var column string
		if err := rows.Scan(&column); err != nil {
			t.Fatal(err)
		}
		got = append(got, column)
	}
	const notSealed = "session.data"
	if got = slices.DeleteFunc(got, func(c string) bool { return c == notSealed }); !slices.Equal(got, sealedColumns) {
		t.Errorf("columns with bytes are %q, want %q", got, sealedColumns)
	}
}
