package loadtest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// Build builds the program and returns its path.
func Build(tb testing.TB) string {
	tb.Helper()
	program := tb.TempDir() + "/resultgraph"
	if text, err := exec.Command("go", "build", "-o", program, "github.com/momotor/resultgraph/cmd/resultgraph").CombinedOutput(); err != nil {
		tb.Fatalf("build the program: %v\n%s", err, text)
	}
	return program
}

// A Process is a server in a process of its own.
type Process struct {
	BaseURL    string        // such as http://127.0.0.1:8080
	MetricsURL string        // "" if the metrics are off
	Logged     chan struct{} // receives after a line is logged
	Exited     chan struct{} // closed when the process has exited

	cmd *exec.Cmd
	mu  sync.Mutex
	log bytes.Buffer
}

// Start starts a command that serves, with additional variables of the environment, and returns when
// it prints its banner. The end of the test kills it.
func Start(tb testing.TB, variables []string, command ...string) *Process {
	tb.Helper()
	p, err := TryStart(tb, variables, command...)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// TryStart is Start for a command that may exit instead. The error has its log.
func TryStart(tb testing.TB, variables []string, command ...string) (*Process, error) {
	tb.Helper()
	p := &Process{Logged: make(chan struct{}, 1), Exited: make(chan struct{}), cmd: exec.Command(command[0], command[1:]...)}
	p.cmd.Env = append(os.Environ(), variables...)
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	tb.Cleanup(p.Kill)
	serves := make(chan struct{})
	var read sync.WaitGroup
	read.Go(func() { p.readLog(stderr) })
	read.Go(func() { p.readBanner(stdout, serves) })
	go func() {
		read.Wait()
		_ = p.cmd.Wait()
		close(p.Exited)
	}()
	select {
	case <-serves:
		return p, nil
	case <-p.Exited:
		return nil, fmt.Errorf("the program exited:\n%s", p.Log())
	}
}

// readBanner reads the URLs that the program prints, closes serves at the last one, and reads on, so
// that the program never blocks on a write.
func (p *Process) readBanner(stdout io.Reader, serves chan<- struct{}) {
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if _, url, ok := strings.Cut(lines.Text(), "Metrics are at "); ok {
			p.MetricsURL = url
		}
		if _, url, ok := strings.Cut(lines.Text(), "GraphiQL   "); ok && p.BaseURL == "" {
			p.BaseURL = strings.TrimSuffix(url, "/graphiql")
			close(serves)
		}
	}
}

func (p *Process) readLog(stderr io.Reader) {
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		p.mu.Lock()
		fmt.Fprintln(&p.log, lines.Text())
		p.mu.Unlock()
		select {
		case p.Logged <- struct{}{}:
		default:
		}
	}
}

// Log returns what the program has logged so far.
func (p *Process) Log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// PID returns the id of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Kill kills the process.
func (p *Process) Kill() {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		panic(err)
	}
	<-p.Exited
}

// Shutdown stops the program by SIGTERM, and fails unless its exit code is 0.
func (p *Process) Shutdown() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	<-p.Exited
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("the program exited with code %d:\n%s", code, p.Log())
	}
	return nil
}
