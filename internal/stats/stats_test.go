package stats

import (
	"math"
	"slices"
	"testing"
	"time"
)

func TestMoments(t *testing.T) {
	m := MomentsOf([]float64{2, 4, 4, 4, 5, 5, 7, 9})
	wantNear(t, "mean", &m.Mean, 5, 0)
	wantNear(t, "deviation of the population", m.PopulationDeviation(), 2, 1e-12)
	wantNear(t, "deviation of the sample", m.SampleDeviation(), 2.138089935299395, 1e-12)
	wantNear(t, "skewness", m.Skewness(), 0.8184875533567997, 1e-12)
	wantNear(t, "kurtosis", m.Kurtosis(), 0.940625, 1e-12)
}

func TestMomentsOfLargeMean(t *testing.T) {
	m := MomentsOf([]float64{1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16})
	wantNear(t, "deviation", m.SampleDeviation(), math.Sqrt(30), 1e-9)
	var d runningDeviation
	for _, v := range []float64{1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16} {
		d.add(v)
	}
	wantNear(t, "running deviation", d.deviation(1), math.Sqrt(30), 1e-9)
}

func TestUndefinedMoments(t *testing.T) {
	for _, values := range [][]float64{nil, {3}, {3, 4}, {0.1, 0.1, 0.1, 0.1}, {1, 2, 3}} {
		m := MomentsOf(values)
		if got, want := m.SampleDeviation() != nil, len(values) >= 2; got != want {
			t.Errorf("%v: the deviation is %v", values, m.SampleDeviation())
		}
		if got, want := m.Skewness() != nil, slices.Equal(values, []float64{1, 2, 3}); got != want {
			t.Errorf("%v: the skewness is %v", values, m.Skewness())
		}
		if m.Kurtosis() != nil {
			t.Errorf("%v: the kurtosis is %v", values, *m.Kurtosis())
		}
	}
}

func TestPercentile(t *testing.T) {
	values := []float64{1, 2, 3, 10}
	for p, want := range map[float64]float64{0: 1, 0.25: 1.75, 0.5: 2.5, 0.9: 7.9, 1: 10} {
		wantNear(t, "percentile", Percentile(values, p), want, 1e-12)
	}
	if got := Percentile(nil, 0.5); got != nil {
		t.Errorf("the median of no values is %v", *got)
	}
}

func TestHistogram(t *testing.T) {
	h := NewHistogram(0, 100, 4)
	for _, v := range []float64{-1, 0, 24.9, 25, 50, 99, 100, 100.5} {
		h.Add(v)
	}
	if !slices.Equal(h.Edges, []float64{0, 25, 50, 75, 100}) {
		t.Errorf("the edges are %v", h.Edges)
	}
	if !slices.Equal(h.Counts, []int64{2, 1, 1, 2}) || h.Below != 1 || h.Above != 1 {
		t.Errorf("the histogram is %+v", h)
	}
}

// TestAnalyzeLeftOut checks which results count when skipped items are left out.
func TestAnalyzeLeftOut(t *testing.T) {
	nan := math.NaN()
	marks := Marks{
		Items: [][]float64{{1, 0, 1, nan}, {1, 0, 0, 1}, {nan, 0, 1, 1}},
		Max:   []float64{1, 1, nan},
	}
	a := Analyze(marks, SkippedIsLeftOut)
	if a.N != 2 || a.Items[0].N != 3 || a.Items[1].N != 4 || a.Items[2].N != 3 {
		t.Errorf("the numbers of results are %d, %d, %d and %d", a.N, a.Items[0].N, a.Items[1].N, a.Items[2].N)
	}
	wantNear(t, "mean", a.Mean, 1, 1e-12)
	wantNear(t, "facility", a.Items[0].Facility, 2.0/3, 1e-12)
	if a.Items[2].Facility != nil || a.Items[2].MaxScore != nil {
		t.Errorf("the maximum of the last item is %v", a.Items[2].MaxScore)
	}
	zero := Analyze(marks, SkippedIsZero)
	if zero.N != 4 || zero.Items[0].N != 4 {
		t.Errorf("the numbers of results with zeros are %d and %d", zero.N, zero.Items[0].N)
	}
	wantNear(t, "facility with zeros", zero.Items[0].Facility, 0.5, 1e-12)
	if !math.IsNaN(marks.Items[0][3]) {
		t.Error("Analyze changed the marks")
	}
}

// TestAnalyzeUndefined checks that figures of too few or equal marks are nil.
func TestAnalyzeUndefined(t *testing.T) {
	for name, marks := range map[string]Marks{
		"no items":    {},
		"no results":  {Items: [][]float64{{}, {}}, Max: []float64{1, 1}},
		"one result":  {Items: [][]float64{{1}, {0}}, Max: []float64{1, 0}},
		"equal marks": {Items: [][]float64{{0.1, 0.1, 0.1}, {0.2, 0.2, 0.2}}, Max: []float64{1, 0}},
	} {
		a := Analyze(marks, SkippedIsZero)
		if a.Alpha != nil || a.StandardError != nil || a.Skewness != nil || a.Kurtosis != nil {
			t.Errorf("%s: the analysis is %+v", name, a)
		}
		for i, item := range a.Items {
			if item.Discrimination != nil || item.DiscriminativeEfficiency != nil || item.PointBiserial != nil || item.AlphaIfDropped != nil || item.EffectiveWeight != nil {
				t.Errorf("%s: item %d is %+v", name, i, item)
			}
		}
	}
}

func TestUpperLowerDifference(t *testing.T) {
	// Of ten results the upper group begins at the seventh, which has the same total as the sixth.
	totals := []float64{1, 2, 3, 3, 5, 6, 6, 6, 9, 10}
	marks := Marks{Items: [][]float64{{0, 1, 1, 1, 0, 1, 0, 1, 1, 1}}, Max: []float64{1}, Totals: totals}
	item := Analyze(marks, SkippedIsZero).Items[0]
	wantNear(t, "upper–lower difference", item.UpperLowerDifference, 4.0/5-1.0/2, 1e-12)
}

func TestCoFailures(t *testing.T) {
	items := make([]Failures, 3)
	for i, outcomes := range []string{"fffpp-", "ffppfp", "pppppp"} {
		items[i] = Failures{NewBitSet(6), NewBitSet(6)}
		for result, outcome := range outcomes {
			if outcome != '-' {
				items[i].Ran.Add(result)
			}
			if outcome == 'f' {
				items[i].Failed.Add(result)
			}
		}
	}
	want := []CoFailure{{First: 0, Second: 1, Ran: 5, Both: 2, FirstFailed: 3, SecondFailed: 3}}
	if got := CoFailures(items, 10); !slices.Equal(got, want) {
		t.Errorf("the pairs are %+v, want %+v", got, want)
	}
	if got := CoFailures(items, 0); len(got) != 0 {
		t.Errorf("no pairs were requested: %+v", got)
	}
}

func TestTruncateToHour(t *testing.T) {
	amsterdam, err := LoadZone("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	kathmandu, err := LoadZone("Asia/Kathmandu") // UTC+5:45
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at, want string
		zone     *time.Location
	}{
		{"2026-10-25T00:59:59Z", "2026-10-25T00:00:00Z", amsterdam},
		{"2026-10-25T01:30:00Z", "2026-10-25T01:00:00Z", amsterdam}, // the second hour from 2 to 3
		{"2026-07-01T10:20:00Z", "2026-07-01T10:15:00Z", kathmandu},
	} {
		at, _ := time.Parse(time.RFC3339, c.at)
		if got := TruncateToHour(at.In(c.zone)).UTC().Format(time.RFC3339); got != c.want {
			t.Errorf("the hour of %s in %s begins at %s, want %s", c.at, c.zone, got, c.want)
		}
	}
}

func TestFirstDay(t *testing.T) {
	zone, err := LoadZone("Pacific/Auckland")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 8, 2, 12, 30, 0, 0, time.UTC) // Monday 3 August, 00:30 there
	for period, want := range map[Period]string{Day: "2026-08-03", Week: "2026-08-03", Month: "2026-08-01"} {
		if got := FirstDay(period, at.In(zone)).Format(time.DateOnly); got != want {
			t.Errorf("the %s begins on %s, want %s", period, got, want)
		}
	}
	if got := FirstDay(Week, at).Format(time.DateOnly); got != "2026-07-27" {
		t.Errorf("the week of a Sunday begins on %s", got)
	}
	if got := Weekday(at); got != 7 {
		t.Errorf("the number of Sunday is %d", got)
	}
}

func TestLoadZone(t *testing.T) {
	for _, name := range []string{"", "Local", "Europe/Atlantis", "../etc/passwd"} {
		if _, err := LoadZone(name); err == nil {
			t.Errorf("%q is a time zone", name)
		}
	}
}
