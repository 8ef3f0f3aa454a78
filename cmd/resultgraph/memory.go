package main

import (
	"log/slog"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// collectAt is how much the heap may grow, in percent of what is alive, before garbage is
// collected: with Go's own 100 a request costs an eighth to a fifth more CPU. With 400 it
// costs less still, but the resolvers, which take gigabytes for the largest answers, take
// half as much again.
const collectAt = 200

// The parts of the memory that the heap may take before garbage is collected more often:
// nearly all of what a container has, half of a machine that has a database to run as well.
const (
	ofContainer = 0.9
	ofMachine   = 0.5
)

// tuneMemory sets how garbage is collected, but for what an operator has set in GOGC and
// GOMEMLIMIT, which the Go runtime reads by itself.
func tuneMemory(getenv func(string) string, log *slog.Logger) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
		log.Debug("GOGC is set", "percent", collectAt)
	}
	if getenv("GOMEMLIMIT") != "" {
		return
	}
	limit, err := memoryLimit(memlimit.FromCgroup, memlimit.FromSystem)
	if err != nil { // there is no limit then, as in any other Go program
		log.Debug("GOMEMLIMIT is not set: the machine does not tell its memory", "error", err)
		return
	}
	debug.SetMemoryLimit(int64(limit))
	log.Debug("GOMEMLIMIT is set", "bytes", limit)
}

// memoryLimit is the part of the container's memory, or of the machine's where there is no
// container or no limit on it.
func memoryLimit(container, machine memlimit.Provider) (uint64, error) {
	return memlimit.ApplyFallback(memlimit.ApplyRatio(container, ofContainer), memlimit.ApplyRatio(machine, ofMachine))()
}
