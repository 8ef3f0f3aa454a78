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

// A process is the program as the system runs it, which can be killed.
type process struct {
	cmd  *exec.Cmd
	base string        // where it listens, as a URL
	line chan struct{} // somebody ought to look: it has logged a line
	over chan struct{} // closed once it has ended

	mu  sync.Mutex
	log bytes.Buffer
}

// spawn starts the program, and returns when it listens. It is killed with the test at last.
func spawn(t *testing.T, environment []string, args ...string) *process {
	t.Helper()
	p := &process{line: make(chan struct{}, 1), over: make(chan struct{})}
	p.cmd = exec.Command(os.Args[0], args...)
	p.cmd.Env = append(append(os.Environ(), asProgram+"=1"), environment...)
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	logged, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	var read sync.WaitGroup
	read.Go(func() { p.follow(logged) })
	listens := make(chan string, 1)
	read.Go(func() { greeted(out, listens) })
	go func() {
		read.Wait()
		p.cmd.Wait()
		close(p.over)
	}()
	select {
	case p.base = <-listens:
	case <-p.over:
		t.Fatalf("the program ended:\n%s", p.logged())
	}
	return p
}

// greeted reads the greeting for where the program listens.
func greeted(out io.Reader, listens chan<- string) {
	at := regexp.MustCompile(`GraphiQL +(http://\S+)/graphiql`)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if m := at.FindStringSubmatch(lines.Text()); m != nil {
			listens <- m[1]
		}
	}
}

func (p *process) follow(logged io.Reader) {
	for lines := bufio.NewScanner(logged); lines.Scan(); {
		p.mu.Lock()
		fmt.Fprintln(&p.log, lines.Text())
		p.mu.Unlock()
		select {
		case p.line <- struct{}{}:
		default:
		}
	}
}

func (p *process) logged() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// until waits until something is so that the program brings about.
func (p *process) until(t *testing.T, what string, so func() bool) {
	t.Helper()
	until(t, []*process{p}, what, so)
}

// patience is longer than an upload looks for grades of which nobody knows whether they
// arrived, which is two minutes after a kill at just that moment.
const patience = 5 * time.Minute

// until waits until something is so that any of some programs may bring about. It looks
// whenever the first has logged a line, and now and then, since not everything is logged.
func until(t *testing.T, programs []*process, what string, so func() bool) {
	t.Helper()
	late, again := time.After(patience), time.NewTicker(200*time.Millisecond)
	defer again.Stop()
	logged := func() (all string) {
		for _, p := range programs {
			all += p.logged() + "\n"
		}
		return all
	}
	for !so() {
		select {
		case <-programs[0].line:
		case <-again.C:
		case <-late:
			t.Fatalf("no %s:\n%s", what, logged())
		}
		for _, p := range programs {
			select {
			case <-p.over:
				t.Fatalf("a program ended before %s:\n%s", what, logged())
			default:
			}
		}
	}
}

// kill ends the program without a warning.
func (p *process) kill() {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		panic(err)
	}
	<-p.over
}

// end asks the program to end, and demands that it does so well.
func (p *process) end(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-p.over
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("the program ended with the code %d:\n%s", code, p.logged())
	}
}
