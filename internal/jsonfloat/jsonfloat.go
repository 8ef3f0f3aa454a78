// Package jsonfloat writes floats as JSON numbers in the form of Python's json module, which
// clients of the original API have always read.
package jsonfloat

import (
	"bytes"
	"math"
	"strconv"
)

// Append appends a finite float in its shortest form with a point or an exponent, so that no
// client reads a whole number as an integer: 10.0, 0.5, 1e-07, 1e+16.
func Append(b []byte, f float64) []byte {
	if abs := math.Abs(f); abs != 0 && (abs < 1e-4 || abs >= 1e16) {
		return strconv.AppendFloat(b, f, 'e', -1, 64)
	}
	start := len(b)
	b = strconv.AppendFloat(b, f, 'f', -1, 64)
	if bytes.IndexByte(b[start:], '.') < 0 {
		b = append(b, ".0"...)
	}
	return b
}
