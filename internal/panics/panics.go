// Package panics turns panics into errors.
package panics

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// ErrPanic is the error of what panicked.
var ErrPanic = errors.New("panic")

// Recover calls f, and makes an error of a panic: one in a goroutine that work starts would
// end the program.
func Recover(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v\n%s", ErrPanic, p, debug.Stack())
		}
	}()
	return f()
}
