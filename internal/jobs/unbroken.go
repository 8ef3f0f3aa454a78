package jobs

import (
	"fmt"
	"runtime/debug"
)

// unbroken is f, with an error for a panic: one in a goroutine that work starts would end
// the program.
func unbroken(f func() error) func() error {
	return func() (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			}
		}()
		return f()
	}
}
