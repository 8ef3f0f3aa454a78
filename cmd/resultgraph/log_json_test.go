package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"

	"google.golang.org/grpc/grpclog"

	"github.com/momotor/resultgraph/db/dbtest"
)

// A jsonProcess is the program as a process with --log-json. Its lines are those of both outputs.
type jsonProcess struct {
	cmd   *exec.Cmd
	read  sync.WaitGroup
	mu    sync.Mutex
	lines []string
	ready chan string // receives the URL
}

func startJSON(t *testing.T, args ...string) *jsonProcess {
	t.Helper()
	p := &jsonProcess{cmd: exec.Command(os.Args[0], args...), ready: make(chan string, 1)}
	p.cmd.Env = append(os.Environ(), mainVariable+"=1", "RESULTGRAPH_DRAIN=0s", "RESULTGRAPH_LOG_JSON=1", "RESULTGRAPH_ENGINE_KEY=key", "RESULTGRAPH_ENGINE_SECRET=secret")
	for _, pipe := range []func() (io.ReadCloser, error){p.cmd.StdoutPipe, p.cmd.StderrPipe} {
		output, err := pipe()
		if err != nil {
			t.Fatal(err)
		}
		p.read.Go(func() { p.readLines(output) })
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

func (p *jsonProcess) readLines(output io.Reader) {
	for lines := bufio.NewScanner(output); lines.Scan(); {
		p.mu.Lock()
		p.lines = append(p.lines, lines.Text())
		p.mu.Unlock()
		var line struct{ Msg, URL string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "ready" {
			p.ready <- line.URL
		}
	}
}

// wait waits for the end of the program, and returns its exit code and its lines. Every line must be JSON.
func (p *jsonProcess) wait(t *testing.T) (code int, lines []string) {
	t.Helper()
	p.read.Wait()
	_ = p.cmd.Wait()
	for _, line := range p.lines {
		var parsed struct{ Time, Level, Msg string }
		if err := json.Unmarshal([]byte(line), &parsed); err != nil || parsed.Msg == "" || parsed.Level == "" {
			t.Errorf("a line is not a JSON record: %s", line)
		}
	}
	return p.cmd.ProcessState.ExitCode(), p.lines
}

// With --log-json every line of a server under load is JSON, while clients, the engine and the database fail.
func TestLogJSON(t *testing.T) {
	dbtest.EachLocation(t, func(t *testing.T, location string) {
		data := t.TempDir()
		if strings.HasPrefix(location, "sqlite:") {
			data = demoFolderAt(t, location)
		}
		settings := []string{"--database", location, "--data", data}
		if _, err := call(t, append([]string{"migrate", "up"}, settings...)...); err != nil {
			t.Fatal(err)
		}
		p := startJSON(t, append([]string{"serve", "--demo", "--log-requests", "--log-level", "debug", "--listen", "127.0.0.1:0",
			"--metrics-listen", "127.0.0.1:0", "--engine", "grpc://127.0.0.1:1", "--job-lease", "1s"}, settings...)...)
		base := <-p.ready
		key, err := os.ReadFile(data + "/demo.key")
		if err != nil {
			t.Fatal(err)
		}
		authorization := "Api-Key " + strings.TrimSpace(string(key))
		for round := range 5 {
			for _, path := range []string{"/lti/api/account/1/course/1001/assignment/501/result/", "/none", "/lti/api/account/1/course/9/", "/graphql", "/readyz", "/lti/api/account/?key=query-secret"} {
				for _, header := range []string{authorization, "Api-Key wrong.key", ""} {
					if res, _, err := request(t, "GET", base+path, "Authorization", header); err == nil && res.StatusCode == http.StatusInternalServerError {
						t.Errorf("%s = %d", path, res.StatusCode)
					}
				}
			}
			sendGarbage(t, base)
			if strings.HasPrefix(location, "postgres") && round%2 == 0 {
				dbtest.Exec(t, dbtest.Open(t, location), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
			}
		}
		if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		code, lines := p.wait(t)
		all := strings.Join(lines, "\n")
		if code != 0 || strings.Count(all, `"msg":"request"`) < 90 || !strings.Contains(all, `"route":"/account/{`) && !strings.Contains(all, `"route":"/lti/api`) {
			t.Errorf("the program exited with %d and %d lines:\n%s", code, len(lines), all)
		}
		for _, secret := range []string{"query-secret", strings.TrimSpace(string(key))} {
			if strings.Contains(all, secret) {
				t.Errorf("the log has the secret %s", secret)
			}
		}
	})
}

// sendGarbage sends bytes that are not a request.
func sendGarbage(t *testing.T, base string) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "\x16\x03garbage\r\n\r\n")
	_, _ = io.Copy(io.Discard, conn)
}

// The error of a command is JSON as well, also if the command line is wrong.
func TestLogJSONOfFailures(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"serve", "--unknown"}, {"apikey", "list", "--data", t.TempDir()}, {"serve", "--listen", "nonsense", "--data", t.TempDir()}} {
		code, lines := startJSON(t, args...).wait(t)
		if code == 0 || len(lines) == 0 || !strings.Contains(lines[len(lines)-1], `"level":"ERROR"`) {
			t.Errorf("%q exits with %d: %q", args, code, lines)
		}
	}
}

// The logs of libraries are records of the logger.
func TestLibraryLogs(t *testing.T) {
	t.Parallel()
	if os.Getenv("TEST_LIBRARY_LOGS") != "" {
		redirectLibraryLogs(newLogger(os.Stderr, slog.LevelInfo, true))
		grpclog.Error("from grpc")
		log.Print("from log")
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^TestLibraryLogs$") // of its own, because the loggers are global
	cmd.Env = append(os.Environ(), "TEST_LIBRARY_LOGS=1")
	var out strings.Builder
	cmd.Stderr = &out
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	for i, want := range []string{"from grpc", "from log"} {
		if len(lines) != 2 || !json.Valid([]byte(lines[i])) || !strings.Contains(lines[i], want) {
			t.Errorf("the logs are %q, want %q as JSON", lines, want)
		}
	}
}
