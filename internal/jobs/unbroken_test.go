package jobs

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
)

func TestUnbroken(t *testing.T) {
	t.Parallel()
	var g errgroup.Group
	g.Go(func() error { return unbroken(func() error { panic("out of luck") }) })
	if err := g.Wait(); err == nil || !strings.Contains(err.Error(), "panic: out of luck") || !strings.Contains(err.Error(), "TestUnbroken") {
		t.Errorf("a panic = %v, want an error that says where", err)
	}
	if err := unbroken(func() error { return errors.ErrUnsupported }); err != errors.ErrUnsupported {
		t.Errorf("an error = %v, want it as it is", err)
	}
}
