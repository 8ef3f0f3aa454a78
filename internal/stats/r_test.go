package stats

import (
	"encoding/csv"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

var withR = flag.Bool("r", false, "compare random data with R, which needs the package psych")

// psychScript prints the raw alpha of the marks in a file, a line of alphas without each item, and a line of
// the correlations of each item with the rest.
const psychScript = `suppressMessages(library(psych))
x <- read.csv(commandArgs(TRUE)[1], header = FALSE)
a <- suppressWarnings(alpha(x, check.keys = FALSE))
options(digits = 15)
cat(a$total$raw_alpha, "\n", a$alpha.drop$raw_alpha, "\n", a$item.stats$r.drop, "\n")`

// TestR compares the analysis of random marks with that of R's package psych.
func TestR(t *testing.T) {
	if !*withR {
		t.Skip("R is not requested: use make compare-r")
	}
	random := rand.New(rand.NewPCG(5, 6))
	for range 5 {
		marks := randomMarks(random, 3+random.IntN(10), 20+random.IntN(200))
		a := Analyze(marks, SkippedIsZero)
		lines := runPsych(t, marks)
		wantNear(t, "alpha", a.Alpha, lines[0][0], 1e-9)
		for i, item := range a.Items {
			wantNear(t, fmt.Sprint("alpha without item ", i), item.AlphaIfDropped, lines[1][i], 1e-9)
			wantNear(t, fmt.Sprint("discrimination of item ", i), item.Discrimination, lines[2][i], 1e-9)
		}
	}
}

// randomMarks returns marks that depend on a random ability of each result.
func randomMarks(random *rand.Rand, items, results int) Marks {
	marks := Marks{Items: make([][]float64, items), Max: make([]float64, items)}
	for range results {
		ability := random.NormFloat64()
		for i := range items {
			marks.Max[i] = 10
			mark := math.Round(5 + 2*ability + 3*random.NormFloat64())
			marks.Items[i] = append(marks.Items[i], min(max(mark, 0), 10))
		}
	}
	return marks
}

// runPsych returns the numbers of each line that psychScript prints.
func runPsych(t *testing.T, marks Marks) (lines [][]float64) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "marks.csv")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := csv.NewWriter(file)
	for row := range marks.Items[0] {
		var cells []string
		for _, item := range marks.Items {
			cells = append(cells, strconv.FormatFloat(item[row], 'g', -1, 64))
		}
		w.Write(cells)
	}
	w.Flush()
	file.Close()
	out, err := exec.Command("Rscript", "-e", psychScript, path).Output()
	if err != nil {
		t.Fatalf("run R: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		var numbers []float64
		for field := range strings.FieldsSeq(line) {
			v, err := strconv.ParseFloat(field, 64)
			if err != nil {
				t.Fatal(err)
			}
			numbers = append(numbers, v)
		}
		lines = append(lines, numbers)
	}
	return lines
}
