package loadtest

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// CPUSeconds returns the CPU time of a process (proc(5)).
func CPUSeconds(pid int) float64 { return sumTicks(pid, 11, 12) }

// TreeCPUSeconds returns the CPU time of a process and its child processes, also of those that ended.
func TreeCPUSeconds(pid int) float64 {
	sum := sumTicks(pid, 11, 12, 13, 14)
	for _, child := range Children(pid) {
		sum += CPUSeconds(child)
	}
	return sum
}

// sumTicks returns the sum of fields of a process that are times, in seconds.
func sumTicks(pid int, indexes ...int) (seconds float64) {
	fields := statFields(pid)
	for _, i := range indexes {
		if i < len(fields) {
			ticks, _ := strconv.ParseFloat(fields[i], 64)
			seconds += ticks / 100
		}
	}
	return seconds
}

// statFields returns the fields of a process from its state on (proc(5)).
func statFields(pid int) []string {
	text, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	_, after, _ := strings.Cut(string(text), ") ")
	return strings.Fields(after)
}

// Parent returns the id of the parent of a process, or 0 if the process ended.
func Parent(pid int) int {
	fields := statFields(pid)
	if len(fields) < 2 {
		return 0
	}
	parent, _ := strconv.Atoi(fields[1])
	return parent
}

// Children returns the ids of the child processes of a process.
func Children(parent int) (pids []int) {
	names, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range names {
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		if Parent(pid) == parent {
			pids = append(pids, pid)
		}
	}
	return pids
}

// ResetPeakMemory makes the present resident memory of a process its peak.
func ResetPeakMemory(pid int) {
	_ = os.WriteFile(filepath.Join("/proc", strconv.Itoa(pid), "clear_refs"), []byte("5"), 0) // see proc(5)
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
