package panics_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/internal/panics"
	"golang.org/x/sync/errgroup"
)

func TestRecover(t *testing.T) {
	t.Parallel()
	var g errgroup.Group
	g.Go(func() error { return panics.Recover(func() error { panic("a bug") }) })
	if err := g.Wait(); err == nil || !strings.Contains(err.Error(), "panic: a bug") || !strings.Contains(err.Error(), "TestRecover") {
		t.Errorf("Recover of a panic = %v, want an error with the panic and its stack", err)
	}
	if err := panics.Recover(func() error { return errors.ErrUnsupported }); err != errors.ErrUnsupported {
		t.Errorf("Recover of an error = %v, want the same error", err)
	}
}
