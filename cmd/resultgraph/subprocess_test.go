package main

import (
	"os"
	"testing"
	"time"

	"github.com/momotor/resultgraph/internal/loadtest"
)

// A subprocess is the program in a process of its own, which tests can kill.
type subprocess struct{ *loadtest.Process }

// startSubprocess starts the program and returns when it listens. The end of the test kills it.
func startSubprocess(t *testing.T, environment []string, args ...string) *subprocess {
	t.Helper()
	environment = append([]string{mainVariable + "=1", "RESULTGRAPH_DRAIN=0s"}, environment...)
	return &subprocess{loadtest.Start(t, environment, append([]string{os.Args[0]}, args...)...)}
}

// waitFor waits until the program makes a condition true.
func (p *subprocess) waitFor(t *testing.T, description string, condition func() bool) {
	t.Helper()
	waitFor(t, []*subprocess{p}, description, condition)
}

// waitTimeout exceeds the two minutes for which an upload looks for grades in Canvas whose
// arrival is unknown after a kill.
const waitTimeout = 5 * time.Minute

// waitFor waits until any of the programs makes a condition true. It tests the condition when
// the first program logs a line, and periodically, because not every change is logged.
func waitFor(t *testing.T, programs []*subprocess, description string, condition func() bool) {
	t.Helper()
	timeout, tick := time.After(waitTimeout), time.NewTicker(200*time.Millisecond)
	defer tick.Stop()
	logs := func() (all string) {
		for _, p := range programs {
			all += p.Log() + "\n"
		}
		return all
	}
	for !condition() {
		select {
		case <-programs[0].Logged:
		case <-tick.C:
		case <-timeout:
			t.Fatalf("no %s:\n%s", description, logs())
		}
		for _, p := range programs {
			select {
			case <-p.Exited:
				t.Fatalf("a program exited before %s:\n%s", description, logs())
			default:
			}
		}
	}
}

// shutdown stops the program by SIGTERM, which must succeed.
func (p *subprocess) shutdown(t *testing.T) {
	t.Helper()
	if err := p.Shutdown(); err != nil {
		t.Error(err)
	}
}
