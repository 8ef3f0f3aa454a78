package ingest_test

import (
	"context"
	"testing"

	"github.com/uptrace/bun"

	"github.com/momotor/resultgraph/db"
	"github.com/momotor/resultgraph/db/dbtest"
	"github.com/momotor/resultgraph/db/ingest"
)

// An import that waits for a revocation of its key does not undo the revocation.
func TestUpsertAPIKeysKeepsConcurrentRevocation(t *testing.T) {
	t.Parallel()
	s := dbtest.NewPostgres(t)
	imported := func(name string) []*db.APIKeyItem {
		return []*db.APIKeyItem{{Key: db.APIKey{Prefix: "12345678", HashedKey: "md5$$x", Name: name}}}
	}
	if _, err := ingest.UpsertAPIKeys(t.Context(), s, imported("old")); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	err := s.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, "UPDATE api_key SET revoked = TRUE"); err != nil {
			return err
		}
		go func() {
			_, err := ingest.UpsertAPIKeys(context.WithoutCancel(ctx), s, imported("new"))
			done <- err
		}()
		const blocked = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())"
		for n := 0; n == 0; {
			if err := s.SQL().QueryRowContext(ctx, blocked).Scan(&n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if key, err := s.KeyByPrefix(t.Context(), "12345678"); err != nil || !key.Revoked || key.Name != "new" {
		t.Errorf("the key is %+v, %v, want the new name and still revoked", key, err)
	}
}
