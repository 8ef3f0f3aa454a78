package graph

import (
	"testing"
	"time"
)

// The limits on which operators and clients rely.
func TestDefaultLimits(t *testing.T) {
	t.Parallel()
	want := Limits{
		BodyBytes: 1_048_576, UploadBytes: 67_108_864, Tokens: 2000, Definitions: 50, Directives: 50, Repeats: 50,
		Fields: 500, Aliases: 30, Depth: 15, Nodes: 100_000, Values: 1_000_000, PageSize: 50, MaxPage: 1000,
		Timeout: 15 * time.Second, ReplyBytes: 33_554_432,
	}
	if got := (Limits{}).orDefaults(); got != want {
		t.Errorf("the default limits are %+v, want %+v", got, want)
	}
}
