package bundle

import "testing"

// The limits on which users rely. A zero limit means its default.
func TestDefaultLimits(t *testing.T) {
	t.Parallel()
	want := Limits{
		Bytes: 536_870_912, XMLBytes: 16_777_216, Members: 10_000, DirectoryBytes: 4_194_304, PathBytes: 1024,
		MemberBytes: 268_435_456, Ratio: 200, RatioExemptBytes: 16_777_216, Depth: 100, Elements: 200_000, Attributes: 256,
	}
	if got := DefaultLimits(); got != want {
		t.Errorf("DefaultLimits() = %+v, want %+v", got, want)
	}
	if got := (Limits{}).withDefaults(); got != want {
		t.Errorf("the limits of the zero value are %+v, want %+v", got, want)
	}
}
