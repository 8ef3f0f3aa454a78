// Package memory configures the garbage collector for a server.
package memory

import (
	"log/slog"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// gcPercent is the default of GOGC. With Go's default of 100 a request costs an eighth to a
// fifth more CPU. With 400 it costs less, but the resolvers, which take gigabytes for the
// largest responses, take half as much again.
const gcPercent = 200

// The default of GOMEMLIMIT: nearly all memory of a container, or half of that of a machine,
// which may run a database as well.
const (
	containerRatio = 0.9
	systemRatio    = 0.5
)

// Configure sets GOGC and GOMEMLIMIT unless the environment does. The Go runtime reads those
// variables itself.
func Configure(getenv func(string) string, log *slog.Logger) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
		log.Debug("set GOGC", "percent", gcPercent)
	}
	if getenv("GOMEMLIMIT") != "" {
		return
	}
	limit, err := memoryLimit(memlimit.FromCgroup, memlimit.FromSystem)
	if err != nil {
		log.Debug("GOMEMLIMIT is not set: the memory size is unknown", "error", err)
		return
	}
	debug.SetMemoryLimit(int64(limit))
	log.Debug("set GOMEMLIMIT", "bytes", limit)
}

// memoryLimit returns a ratio of the container's memory, or of the system's if there is no
// container or it has no limit.
func memoryLimit(container, system memlimit.Provider) (uint64, error) {
	return memlimit.ApplyFallback(memlimit.ApplyRatio(container, containerRatio), memlimit.ApplyRatio(system, systemRatio))()
}
