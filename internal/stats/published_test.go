package stats

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/internal/stats/statstest"
)

// TestPublishedExamples reproduces the published figures of item analysis.
func TestPublishedExamples(t *testing.T) {
	for _, e := range statstest.Examples(t) {
		a := Analyze(Marks{Items: e.Marks, Max: e.Max, Totals: e.Totals}, SkippedIsZero)
		for _, want := range e.Figures {
			object := any(a)
			if want.Item != statstest.Whole {
				object = a.Items[want.Item]
			}
			wantNear(t, fmt.Sprint(e.Name, ": ", want.Name, " of item ", want.Item), figure(t, object, want.Name), want.Value, want.Tolerance)
		}
	}
}

// figure returns the field of a struct with a name.
func figure(t *testing.T, object any, name string) *float64 {
	t.Helper()
	switch v := reflect.ValueOf(object).FieldByNameFunc(func(f string) bool { return strings.EqualFold(f, name) }).Interface().(type) {
	case int:
		return defined(float64(v))
	case *float64:
		return v
	}
	t.Fatalf("%T has no field %s with a figure", object, name)
	return nil
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
