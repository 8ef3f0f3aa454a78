// Package statstest has published examples of item analysis with their results, for tests.
package statstest

import (
	"embed"
	"encoding/csv"
	"strconv"
	"strings"
	"testing"
)

//go:embed testdata
var testdata embed.FS

// An Example is the marks of results for items, with published figures.
type Example struct {
	Name string
	// Items are the names of the items, in their order.
	Items []string
	// Max has the maximum mark of each item, and Marks its mark in each result.
	Max   []float64
	Marks [][]float64
	// Totals are the totals of the results, if they are not the sums of their marks.
	Totals  []float64
	Figures []Figure
	// ScoreCounts are the published numbers of results with the total 0, 1, and so on; nil if there are none.
	ScoreCounts []int64
}

// Whole is the Item of figures of the whole.
const Whole = -1

// A Figure is a published value of the field with a name, of an item or of the whole.
type Figure struct {
	Item             int
	Name             string
	Value, Tolerance float64
}

// Examples returns all examples.
func Examples(t testing.TB) []Example {
	t.Helper()
	return []Example{
		moodle(t), lsat6(t),
		canvasAlpha(),
		canvasPointBiserial("1 1 0", 0.5), canvasPointBiserial("0 0 1", -0.5),
	}
}

// moodle is Moodle's own test of its quiz statistics (mod/quiz/report/statistics/tests). All its values
// have a tolerance of 1e-5.
func moodle(t testing.TB) Example {
	t.Helper()
	marks, figures := readCSV(t, "moodle_marks.csv"), readCSV(t, "moodle_figures.csv")
	e := Example{Name: "Moodle", Figures: []Figure{
		{Whole, "mean", 10.045455, 1e-5}, {Whole, "standardDeviation", 2.774669, 1e-5},
		{Whole, "skewness", -0.502836, 1e-5}, {Whole, "alpha", 0.234318, 1e-5},
	}}
	for i, figure := range figures[1:] {
		e.Items, e.Max, e.Marks = append(e.Items, figure[0]), append(e.Max, 1), append(e.Marks, nil)
		if figure[0] == "slot8" {
			e.Max[i] = 8
		}
		for _, result := range marks[1:] {
			e.Marks[i] = append(e.Marks[i], number(t, result[i+1]))
		}
		for column, name := range figures[0][1:] { // such as "100 facility", for 100 times the facility
			factor, name, _ := strings.Cut(name, " ")
			f := number(t, factor)
			e.Figures = append(e.Figures, Figure{i, name, number(t, figure[column+1]) / f, 1e-5 / f})
		}
	}
	return e
}

// lsat6 is section 6 of the Law School Admission Test (Bock & Lieberman 1970), with values of four digits.
func lsat6(t testing.TB) Example {
	t.Helper()
	var patterns []string
	for _, row := range readCSV(t, "lsat6_patterns.csv")[1:] {
		for range int(number(t, row[1])) {
			patterns = append(patterns, row[0])
		}
	}
	e := withPatterns("LSAT-6", patterns...)
	e.ScoreCounts = []int64{3, 20, 85, 237, 357, 298}
	for name, values := range map[string][]float64{
		"facility":       {.924, .709, .553, .763, .870},
		"alphaIfDropped": {.2754, .2376, .2168, .2459, .2663},
		"discrimination": {.1128, .1532, .1728, .1444, .1216},
		"pointBiserial":  {.3620, .5668, .6184, .5344, .4354},
	} {
		for item, v := range values {
			e.Figures = append(e.Figures, Figure{item, name, v, 5e-5})
		}
	}
	e.Figures = append(e.Figures, Figure{Whole, "alpha", .2950, 5e-5}, Figure{Whole, "n", 1000, 0})
	return e
}

// canvasAlpha is from the specs of Canvas' item analysis. Its deviation is that of the population.
func canvasAlpha() Example {
	e := withPatterns("Canvas", "111", "110", "100", "100")
	e.Figures = []Figure{{Whole, "alpha", 0.545, 0.0005}, {Whole, "standardDeviationPopulation", 0.8291562, 5e-8}}
	return e
}

// canvasPointBiserial is from the same specs: an item of three results with the totals 3, 2 and 2.
func canvasPointBiserial(marks string, want float64) Example {
	e := withPatterns("Canvas "+marks, strings.Fields(marks)...)
	e.Totals, e.Figures = []float64{3, 2, 2}, []Figure{{0, "pointBiserial", want, 1e-9}}
	return e
}

// withPatterns returns an example whose results have the marks of patterns such as 0110.
func withPatterns(name string, patterns ...string) Example {
	e := Example{Name: name}
	for i := range patterns[0] {
		e.Items, e.Max, e.Marks = append(e.Items, "item"+strconv.Itoa(i+1)), append(e.Max, 1), append(e.Marks, nil)
		for _, p := range patterns {
			e.Marks[i] = append(e.Marks[i], float64(p[i]-'0'))
		}
	}
	return e
}

func readCSV(t testing.TB, name string) [][]string {
	t.Helper()
	file, err := testdata.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func number(t testing.TB, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
