package jobs

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// errPanic is the error of what panicked.
var errPanic = errors.New("panic")

// unbroken does f, and makes an error of a panic: one in a goroutine that work starts would
// end the program.
func unbroken(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v\n%s", errPanic, p, debug.Stack())
		}
	}()
	return f()
}
