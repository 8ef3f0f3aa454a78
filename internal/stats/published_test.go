package stats

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// readCSV returns the rows of a file in testdata as texts, without its header.
func readCSV(t *testing.T, name string) (header []string, rows [][]string) {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	all, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all[0], all[1:]
}

func parseNumber(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// wantNear fails the test if a figure is nil or differs from want by more than tolerance.
func wantNear(t *testing.T, what string, got *float64, want, tolerance float64) {
	t.Helper()
	if got == nil {
		t.Errorf("%s is nil, want %g", what, want)
	} else if math.Abs(*got-want) > tolerance {
		t.Errorf("%s is %.9g, want %.9g", what, *got, want)
	}
}

// moodleMarks are the marks of Moodle's own test of its quiz statistics, and the names of the items.
func moodleMarks(t *testing.T) (Marks, []string) {
	header, rows := readCSV(t, "moodle_marks.csv")
	names := header[1 : len(header)-1]
	marks := Marks{Items: make([][]float64, len(names)), Max: make([]float64, len(names))}
	for i, name := range names {
		marks.Max[i] = 1
		if name == "slot8" {
			marks.Max[i] = 8
		}
		for _, row := range rows {
			marks.Items[i] = append(marks.Items[i], parseNumber(t, row[i+1]))
		}
	}
	return marks, names
}

// moodleFigures are the values that Moodle's test expects, in the order of the columns of its marks:
// 100 × facility, 1000 × deviation, 100 × effective weight, 100 × discrimination and 100 × discriminative
// efficiency.
var moodleFigures = [13][5]float64{
	{41.19318182, 1912.733589, 26.58464457, 25.88327077, 27.23492723},
	{81.36363636, 251.2738111, 3.368456046, 1.170256965, 1.382386552},
	{71.36363636, 322.6312277, 3.253955259, -4.207816809, -4.691171307},
	{65.45454545, 333.4199022, 7.584083694, 28.16930644, 31.12404354},
	{65.90909091, 337.5811591, 3.79658376, -2.513606859, -2.877487579},
	{36.36363636, 492.3659639, 3.183278505, -12.99017581, -17.5074184},
	{59.09090909, 503.2362797, 4.532356904, -8.900638238, -10.27568922},
	{50, 511.7663157, 7.78856243, 8.670004606, 10.86956522},
	{59.09090909, 503.2362797, 10.08351572, 29.63337745, 34.58997279},
	{63.63636364, 492.3659639, 8.381139345, 15.18945843, 17.4790556},
	{45.45454545, 509.6471914, 8.727645713, 16.21079629, 20.14359793},
	{27.27272727, 455.8423058, 7.946277111, 15.52451404, 22.06477733},
	{50, 511.7663157, 4.769500946, -8.396734802, -10},
}

func TestMoodle(t *testing.T) {
	marks, names := moodleMarks(t)
	a := Analyze(marks, SkippedIsZero)
	for i, name := range names {
		want, item := moodleFigures[i], a.Items[i]
		wantNear(t, name+" facility", item.Facility, want[0]/100, 1e-7)
		wantNear(t, name+" deviation", item.StandardDeviation, want[1]/1000, 1e-8)
		wantNear(t, name+" effective weight", item.EffectiveWeight, want[2]/100, 1e-7)
		wantNear(t, name+" discrimination", item.Discrimination, want[3]/100, 1e-7)
		wantNear(t, name+" efficiency", item.DiscriminativeEfficiency, want[4]/100, 1e-7)
	}
	wantNear(t, "mean", a.Mean, 10.045455, 1e-5)
	wantNear(t, "deviation", a.StandardDeviation, 2.774669, 1e-5)
	wantNear(t, "skewness", a.Skewness, -0.502836, 1e-5)
	wantNear(t, "alpha", a.Alpha, 0.234318, 1e-5)
}

// patternMarks returns the marks of 0 and 1 that response patterns such as 0110 stand for.
func patternMarks(patterns ...string) Marks {
	marks := Marks{Items: make([][]float64, len(patterns[0])), Max: make([]float64, len(patterns[0]))}
	for i := range marks.Items {
		marks.Max[i] = 1
		for _, p := range patterns {
			marks.Items[i] = append(marks.Items[i], float64(p[i]-'0'))
		}
	}
	return marks
}

// lsatMarks are the 1,000 responses to section 6 of the LSAT (Bock & Lieberman 1970).
func lsatMarks(t *testing.T) Marks {
	_, rows := readCSV(t, "lsat6_patterns.csv")
	var patterns []string
	for _, row := range rows {
		for range int(parseNumber(t, row[1])) {
			patterns = append(patterns, row[0])
		}
	}
	return patternMarks(patterns...)
}

func TestLSAT6(t *testing.T) {
	a := Analyze(lsatMarks(t), SkippedIsZero)
	facility := []float64{.924, .709, .553, .763, .870}
	dropped := []float64{.2754, .2376, .2168, .2459, .2663}
	discrimination := []float64{.1128, .1532, .1728, .1444, .1216}
	total := []float64{.3620, .5668, .6184, .5344, .4354}
	for i, item := range a.Items {
		name := "item " + strconv.Itoa(i+1)
		wantNear(t, name+" facility", item.Facility, facility[i], 5e-5)
		wantNear(t, name+" alpha if dropped", item.AlphaIfDropped, dropped[i], 5e-5)
		wantNear(t, name+" discrimination", item.Discrimination, discrimination[i], 5e-5)
		wantNear(t, name+" point-biserial", item.PointBiserial, total[i], 5e-5)
	}
	wantNear(t, "alpha", a.Alpha, .2950, 5e-5)
	if a.N != 1000 {
		t.Errorf("there are %d results", a.N)
	}
}

func TestCanvas(t *testing.T) {
	a := Analyze(patternMarks("111", "110", "100", "100"), SkippedIsZero)
	wantNear(t, "alpha", a.Alpha, 0.545, 0.0005)
	wantNear(t, "deviation", a.StandardDeviationPopulation, 0.8291562, 1e-7)
	wantNear(t, "variance", defined(math.Pow(*a.StandardDeviationPopulation, 2)), 0.6875, 1e-9)
	for item, want := range map[string]float64{"1 1 0": 0.5, "0 0 1": -0.5} {
		marks := Marks{Items: [][]float64{nil}, Max: []float64{1}, Totals: []float64{3, 2, 2}}
		for _, x := range strings.Fields(item) {
			marks.Items[0] = append(marks.Items[0], parseNumber(t, x))
		}
		wantNear(t, "point-biserial", Analyze(marks, SkippedIsZero).Items[0].PointBiserial, want, 1e-9)
	}
}
