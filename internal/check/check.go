// Package check tells operators what is wrong with a store and its surroundings. It changes nothing, except that
// Canvas may renew an expired token.
package check

import "fmt"

// A State is the severity of a finding.
type State string

// The states of findings.
const (
	OK      State = "ok"
	Warning State = "warning" // something does not work as well as it should, or may fail soon
	Failed  State = "failed"  // something does not work, or data is missing
)

// A Finding is the outcome of a check.
type Finding struct {
	// Check is the name of the check, from a fixed set. Subject names what was checked if the check has
	// several findings, such as “account 1”.
	Check   string `json:"check"`
	Subject string `json:"subject,omitempty"`
	State   State  `json:"state"`
	Found   string `json:"found"`
	// ToDo says what the operator should do; "" for OK.
	ToDo string `json:"toDo,omitempty"`
}

func ok(check, format string, args ...any) Finding {
	return Finding{Check: check, State: OK, Found: fmt.Sprintf(format, args...)}
}

func warn(check, toDo, format string, args ...any) Finding {
	return Finding{Check: check, State: Warning, Found: fmt.Sprintf(format, args...), ToDo: toDo}
}

func fail(check, toDo, format string, args ...any) Finding {
	return Finding{Check: check, State: Failed, Found: fmt.Sprintf(format, args...), ToDo: toDo}
}

// about returns the finding with a subject.
func (f Finding) about(subject string) Finding {
	f.Subject = subject
	return f
}

// Worst returns the worst state of findings.
func Worst(findings []Finding) State {
	worst := OK
	for _, f := range findings {
		if f.State == Failed || f.State == Warning && worst == OK {
			worst = f.State
		}
	}
	return worst
}

// SizeText returns a number of bytes with a binary unit.
func SizeText(bytes int64) string {
	const units = "KMGTPE"
	if bytes < 1024 {
		return fmt.Sprintf("%d B", bytes)
	}
	size, unit := float64(bytes)/1024, 0
	for size >= 1024 {
		size, unit = size/1024, unit+1
	}
	return fmt.Sprintf("%.1f %ciB", size, units[unit])
}
