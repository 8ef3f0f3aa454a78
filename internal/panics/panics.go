// Package panics turns panics into errors.
package panics

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// ErrPanic is the error of a function that panicked.
var ErrPanic = errors.New("panic")

// Recover calls f. It returns a panic of f as an ErrPanic with the stack, because a panic in a
// goroutine would end the program.
func Recover(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v\n%s", ErrPanic, p, debug.Stack())
		}
	}()
	return f()
}
