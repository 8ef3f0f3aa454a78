package jsonfloat

import "testing"

func TestAppend(t *testing.T) {
	t.Parallel()
	for f, want := range map[float64]string{
		0: "0.0", 10: "10.0", -0.5: "-0.5", 0.0001: "0.0001", 1e-7: "1e-07", 9999999999999998: "9999999999999998.0", 1e16: "1e+16",
	} {
		if got := string(Append([]byte("x"), f)); got != "x"+want {
			t.Errorf("Append(x, %v) = %s, want x%s", f, got, want)
		}
	}
}
