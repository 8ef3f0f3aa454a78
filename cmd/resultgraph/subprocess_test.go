package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A subprocess is the program in a process of its own, which tests can kill.
type subprocess struct {
	cmd     *exec.Cmd
	baseURL string
	logged  chan struct{} // receives after a line is logged
	exited  chan struct{} // closed when the process has exited

	mu  sync.Mutex
	log bytes.Buffer
}

// startSubprocess starts the program and returns when it listens. The end of the test kills it.
func startSubprocess(t *testing.T, environment []string, args ...string) *subprocess {
	t.Helper()
	p := &subprocess{logged: make(chan struct{}, 1), exited: make(chan struct{})}
	p.cmd = exec.Command(os.Args[0], args...)
	p.cmd.Env = append(append(os.Environ(), mainVariable+"=1", "RESULTGRAPH_DRAIN=0s"), environment...)
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	var read sync.WaitGroup
	read.Go(func() { p.readLog(stderr) })
	listens := make(chan string, 1)
	read.Go(func() { scanBaseURL(stdout, listens) })
	go func() {
		read.Wait()
		p.cmd.Wait()
		close(p.exited)
	}()
	select {
	case p.baseURL = <-listens:
	case <-p.exited:
		t.Fatalf("the program exited:\n%s", p.logText())
	}
	return p
}

// scanBaseURL sends the URL that the program prints when it listens.
func scanBaseURL(stdout io.Reader, listens chan<- string) {
	pattern := regexp.MustCompile(`GraphiQL +(http://\S+)/graphiql`)
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if m := pattern.FindStringSubmatch(lines.Text()); m != nil {
			listens <- m[1]
		}
	}
}

func (p *subprocess) readLog(stderr io.Reader) {
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		p.mu.Lock()
		fmt.Fprintln(&p.log, lines.Text())
		p.mu.Unlock()
		select {
		case p.logged <- struct{}{}:
		default:
		}
	}
}

func (p *subprocess) logText() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
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
			all += p.logText() + "\n"
		}
		return all
	}
	for !condition() {
		select {
		case <-programs[0].logged:
		case <-tick.C:
		case <-timeout:
			t.Fatalf("no %s:\n%s", description, logs())
		}
		for _, p := range programs {
			select {
			case <-p.exited:
				t.Fatalf("a program exited before %s:\n%s", description, logs())
			default:
			}
		}
	}
}

// kill kills the process.
func (p *subprocess) kill() {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		panic(err)
	}
	<-p.exited
}

// shutdown stops the program by SIGTERM, which must succeed.
func (p *subprocess) shutdown(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-p.exited
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("the program exited with code %d:\n%s", code, p.logText())
	}
}
