package version

import (
	"runtime/debug"
	"testing"
)

func TestDescribe(t *testing.T) {
	t.Parallel()
	stamped := debug.BuildInfo{
		GoVersion: "go1.26.8", Main: debug.Module{Version: "v1.2.3+dirty"},
		Settings: []debug.BuildSetting{{Key: "GOOS", Value: "linux"}, {Key: "vcs.revision", Value: "3989e99"}},
	}
	for _, test := range []struct {
		info debug.BuildInfo
		want Build
		line string
	}{
		{stamped, Build{"v1.2.3+dirty", "3989e99", "go1.26.8"}, "resultgraph v1.2.3+dirty (go1.26.8)"},
		{debug.BuildInfo{GoVersion: "go1.26.8"}, Build{"(devel)", "", "go1.26.8"}, "resultgraph (devel) (go1.26.8)"},
	} {
		got := describe(&test.info)
		if got != test.want || got.String() != test.line {
			t.Errorf("describe(%v) = %+v, printed as %q; want %+v, printed as %q", test.info, got, got, test.want, test.line)
		}
	}
}
