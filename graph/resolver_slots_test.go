package graph

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/momotor/resultgraph/db/query"
	"github.com/momotor/resultgraph/internal/access"
)

// A caller has at most half of the slots of the resolvers. Its other operations occupy no slot while
// they wait.
func TestResolverSlotsOfOneCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newResolverSlots()
		acquire := func(keyID int64) (func(), error) {
			return s.acquire(access.WithPrincipal(context.Background(), &access.Principal{Kind: access.APIKey, KeyID: keyID}))
		}
		for range 3 { // the third waits
			go func() { _, _ = acquire(1) }()
		}
		synctest.Wait()
		for range 2 {
			if _, err := acquire(2); err != nil {
				t.Fatalf("another key beside three operations of key 1: %v", err)
			}
		}
		if _, err := acquire(1); !errors.Is(err, query.ErrBusy) {
			t.Errorf("one more operation of key 1 = %v, want query.ErrBusy", err)
		}
	})
}
