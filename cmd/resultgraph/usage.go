package main

import (
	"errors"
	"fmt"
)

// The exit codes of the program.
const (
	exitFailed = 1 // the command failed, or refused a part of its input
	exitUsage  = 2 // the command line or a setting is wrong, and nothing was done
)

// A usageError is a wrong command line or setting.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// usagef returns a usageError with a formatted message.
func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// exitCode returns the code with which the program exits after err.
func exitCode(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.As(err, new(usageError)):
		return exitUsage
	}
	return exitFailed
}
