package bench

import (
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
)

// A report prints the figures of the servers, and at the end a table of the program's ratios.
type report struct {
	clients []int
	lines   []*ratioLine
}

// A ratioLine has the ratios of the program on a workload, for each number of clients.
type ratioLine struct {
	workload                  workload
	toHand, toLimit, p99ToP50 []string
}

const (
	headFormat = "%-24s %7s  %-12s %9s %7s %9s %9s %9s %9s %9s %6s %6s %9s %6s\n"
	rowFormat  = "%-24s %7d  %-12s %9.1f %7.2f %9.2f %9.2f %9.2f %9.2f %9.0f %6d %6d %9.1f %6d\n"
)

func newReport(clients []int) *report {
	fmt.Printf(headFormat, "", "", "", "", "of hand", "p50", "p99", "server", "database", "alloca-", "state-", "round", "response", "peak")
	fmt.Printf(headFormat, "workload", "clients", "server", "req/s", "written", "ms", "ms", "CPU ms", "CPU ms", "tions", "ments", "trips", "kB", "MB")
	return &report{clients: clients}
}

// start starts the line of a workload.
func (rp *report) start(w workload) { rp.lines = append(rp.lines, &ratioLine{workload: w}) }

// add prints the figures of the runs of the workload with a number of clients.
func (rp *report) add(clients int, runs []*run, counts map[string]traffic) {
	line := rp.lines[len(rp.lines)-1]
	hand, limit := roundsOf(runs, "handwritten"), roundsOf(runs, "limit")
	for _, r := range runs {
		r.print(line.workload, clients, hand, counts[line.workload.name+r.name])
	}
	program := roundsOf(runs, "program")
	line.toHand = append(line.toHand, ratio(program.relativeTo(hand)))
	line.toLimit = append(line.toLimit, ratio(program.relativeTo(limit)))
	line.p99ToP50 = append(line.p99ToP50, ratio(program.quantile(0.99)/program.quantile(0.5)))
}

// roundsOf returns the rounds of a server, or nil if it was not measured.
func roundsOf(runs []*run, name string) measurements {
	for _, r := range runs {
		if r.name == name {
			return r.rounds
		}
	}
	return nil
}

// print prints the figures of a server.
func (r *run) print(w workload, clients int, hand measurements, sent traffic) {
	ms := r.rounds
	if len(ms) == 0 {
		fmt.Printf("%-24s %7d  %-12s not measured: %s\n", w.name, clients, r.name, r.note)
		return
	}
	fmt.Printf(rowFormat, w.name, clients, r.name, ms.rate(), ms.relativeTo(hand), ms.quantile(0.5), ms.quantile(0.99),
		1000*ms.perRequest(serverCPU), 1000*ms.perRequest(databaseCPU), ms.perRequest(allocations),
		sent.statements, sent.roundTrips, float64(ms[0].bytes)/1000, r.peakMB)
}

func serverCPU(m measurement) float64   { return m.serverCPU }
func databaseCPU(m measurement) float64 { return m.dbCPU }
func allocations(m measurement) float64 { return m.allocations }

// ratio formats a ratio, which is 0 or not a number if a server was not measured.
func ratio(r float64) string {
	switch {
	case r >= 0.1:
		return fmt.Sprintf("%.2f", r)
	case r > 0:
		return fmt.Sprintf("%.4f", r)
	}
	return "-"
}

// printRatios prints the ratios of the program, which hardly depend on the machine.
func (rp *report) printRatios() {
	clients := strings.Trim(fmt.Sprint(rp.clients), "[]")
	fmt.Printf("\nThe program's requests per second relative to the yardsticks, with %s clients.\n", strings.ReplaceAll(clients, " ", ", "))
	out := tabwriter.NewWriter(os.Stdout, 2, 8, 3, ' ', 0)
	fmt.Fprintln(out, "workload\tprogram / handwritten\tgoal at 16\tprogram / limit\tp99 / p50")
	for _, line := range rp.lines {
		fmt.Fprintf(out, "%s\t%s\t%.2f\t%s\t%s\n", line.workload.name, strings.Join(line.toHand, "  "), line.workload.goal,
			strings.Join(line.toLimit, "  "), strings.Join(line.p99ToP50, "  "))
	}
	out.Flush()
}
