package fault_test

import (
	"errors"
	"fmt"
	"regexp"
	"testing"

	"github.com/momotor/resultgraph/internal/fault"
)

func TestKinds(t *testing.T) {
	t.Parallel()
	name, sentence := regexp.MustCompile(`^[a-z ]+$`), regexp.MustCompile(`^[A-Z].*\.$`)
	for _, k := range []*fault.Kind{
		fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Gone, fault.BadInput, fault.Conflict,
		fault.Outdated, fault.TooLarge, fault.RateLimited, fault.Unavailable, fault.Internal,
	} {
		if k.Code == "" || k.Status < 400 || !name.MatchString(k.Name) || !sentence.MatchString(k.Message) {
			t.Errorf("%+v is incomplete, or its name or message is not in the style", *k)
		}
	}
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	own := fault.New(fault.Conflict, "The prefix is taken.")
	for _, tt := range []struct {
		err     error
		kind    *fault.Kind
		message string
	}{
		{fmt.Errorf("read course 7: %w", fault.NotFound), fault.NotFound, fault.NotFound.Message},
		{fmt.Errorf("create key: %w", own), fault.Conflict, own.Message},
		{errors.Join(errors.New("disk full"), fault.Unavailable), fault.Unavailable, fault.Unavailable.Message},
		{errors.New("the password is x"), fault.Internal, fault.Internal.Message},
	} {
		got := fault.Describe(tt.err)
		if got.Kind != tt.kind || got.Message != tt.message || fault.KindOf(tt.err) != tt.kind || !errors.Is(got, tt.kind) {
			t.Errorf("Describe(%v) = %v, %q, want %v, %q", tt.err, got.Kind, got.Message, tt.kind, tt.message)
		}
	}
	if k := fault.KindOf(nil); k != nil {
		t.Errorf("KindOf(nil) = %v, want nil", k)
	}
}
