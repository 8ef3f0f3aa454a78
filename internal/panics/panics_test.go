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
	g.Go(func() error { return panics.Recover(func() error { panic("out of luck") }) })
	if err := g.Wait(); err == nil || !strings.Contains(err.Error(), "panic: out of luck") || !strings.Contains(err.Error(), "TestRecover") {
		t.Errorf("a panic = %v, want an error that says where", err)
	}
	if err := panics.Recover(func() error { return errors.ErrUnsupported }); err != errors.ErrUnsupported {
		t.Errorf("an error = %v, want it as it is", err)
	}
}
