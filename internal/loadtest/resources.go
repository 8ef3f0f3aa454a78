package loadtest

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// CPUSeconds returns the CPU time of a process (proc(5)).
func CPUSeconds(pid int) float64 {
	fields := statFields(pid)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / 100
}

// statFields returns the fields of a process from its state on (proc(5)).
func statFields(pid int) []string {
	text, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	_, after, _ := strings.Cut(string(text), ") ")
	return strings.Fields(after)
}

// PostgresPIDs returns the ids of all PostgreSQL processes of this machine.
func PostgresPIDs() (pids []int) {
	names, _ := filepath.Glob("/proc/[0-9]*/comm")
	for _, name := range names {
		if text, _ := os.ReadFile(name); strings.TrimSpace(string(text)) == "postgres" {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
			pids = append(pids, pid)
		}
	}
	return pids
}

// Children returns the ids of the child processes of a process.
func Children(parent int) (pids []int) {
	names, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range names {
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		if fields := statFields(pid); len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// PeakMemoryMB returns the peak of the resident memory of a process.
func PeakMemoryMB(pid int) int { return memoryMB(pid, "VmHWM:") }

// PrivateMemoryMB returns the resident memory that a process does not share with others.
func PrivateMemoryMB(pid int) int { return memoryMB(pid, "RssAnon:") }

// memoryMB returns a figure of /proc/PID/status, or 0 if the process ended.
func memoryMB(pid int, name string) int {
	text, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			kb, _ := strconv.Atoi(strings.Fields(rest)[0])
			return kb / 1024
		}
	}
	return 0
}
