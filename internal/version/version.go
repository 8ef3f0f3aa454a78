// Package version describes the build of the program.
package version

import (
	"runtime/debug"
	"sync"
)

// A Build is a build of the program.
type Build struct {
	// Version is the version of the module: a tag such as v1.2.3, or a pseudo-version with the time and the
	// commit, as in https://go.dev/ref/mod#pseudo-versions. The suffix +dirty stands for uncommitted
	// changes. It is (devel) if the build has no stamp of the version control system, as with “go run”.
	Version string
	// Revision is the commit, or "" without a stamp.
	Revision string
	// Go is the version of the Go toolchain.
	Go string
}

// Current returns the build that runs.
var Current = sync.OnceValue(func() Build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return Build{Version: "(devel)"}
	}
	return describe(info)
})

func describe(info *debug.BuildInfo) Build {
	b := Build{Version: info.Main.Version, Go: info.GoVersion}
	if b.Version == "" {
		b.Version = "(devel)"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			b.Revision = s.Value
		}
	}
	return b
}

// String returns one line for people: the version and the toolchain.
func (b Build) String() string { return "resultgraph " + b.Version + " (" + b.Go + ")" }
