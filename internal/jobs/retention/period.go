package retention

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Periods are the retention periods of the kinds of bundles, counted from when a bundle was
// stored.
type Periods struct{ Full, Basic, Product Period }

// A Period is a retention period; 0 keeps bundles forever. Its text form is a number of days, such
// as 90d, or a duration in the format of Go.
type Period time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Period) UnmarshalText(text []byte) error {
	days, ok := strings.CutSuffix(string(text), "d")
	if n, err := strconv.ParseUint(days, 10, 16); ok && err == nil {
		*p = Period(time.Duration(n) * 24 * time.Hour)
		return nil
	}
	d, err := time.ParseDuration(string(text))
	if err != nil || d < 0 {
		return fmt.Errorf("invalid retention period %q: use days, such as 90d, or 0 to keep bundles forever", text)
	}
	*p = Period(d)
	return nil
}
