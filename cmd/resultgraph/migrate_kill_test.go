package main

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/momotor/resultgraph/db/dbtest"
)

// migrateProcess returns the program, in a process of its own, with a command of migrate.
func migrateProcess(location string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], append([]string{"migrate", "--database", location}, args...)...)
	cmd.Env = append(os.Environ(), mainVariable+"=1")
	return cmd
}

// Instances that start at the same time on a new store all succeed.
func TestConcurrentFirstStarts(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		count := 20
		if !strings.HasPrefix(location, "sqlite:") {
			count = 4
		}
		var starts sync.WaitGroup
		for range count {
			starts.Go(func() {
				if out, err := migrateProcess(location, "up").CombinedOutput(); err != nil {
					t.Errorf("a start among others: %v\n%s", err, out)
				}
			})
		}
		starts.Wait()
	})
}

// A process that is killed while it migrates leaves a store that the next process migrates.
func TestKilledMigration(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		migrate := func(args ...string) string {
			out, err := migrateProcess(location, args...).CombinedOutput()
			if err != nil {
				t.Fatalf("migrate %s: %v\n%s", strings.Join(args, " "), err, out)
			}
			return string(out)
		}
		start := time.Now()
		migrate("up")
		duration := time.Since(start)
		for range 4 {
			for strings.Contains(migrate("down", "--yes"), "undid") {
			}
			victim := migrateProcess(location, "up")
			if err := victim.Start(); err != nil {
				t.Fatal(err)
			}
			<-time.After(rand.N(duration)) // the moment must be random, so no event can replace this wait
			_ = victim.Process.Kill()
			_ = victim.Wait()
			migrate("up")
		}
	})
}
