package scalar_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/momotor/resultgraph/graph/scalar"
	"github.com/momotor/resultgraph/internal/fault"
)

// A value that is not of the type of a scalar, or that a database cannot hold, is the client's error,
// with a sentence for the client.
func TestUnmarshalRejects(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		unmarshal func(any) error
		values    []any
	}{
		"String":   {errorOf(scalar.UnmarshalString), []any{"\x00", "a\x00b", "\xff", "\xed\xa0\x80", map[string]any{}, []any{"a"}}},
		"ID":       {errorOf(scalar.UnmarshalID), []any{"\x00", "\xff", map[string]any{}}},
		"Int":      {errorOf(scalar.UnmarshalInt), []any{json.Number("1e3"), json.Number("9223372036854775808"), "x", true, 0.5}},
		"BigInt":   {errorOf(scalar.UnmarshalBigInt), []any{json.Number("0.5"), "9223372036854775808", "1\x00", map[string]any{}}},
		"DateTime": {errorOf(scalar.UnmarshalDateTime), []any{"0001-01-01T00:00:00+00:01", "9998-12-31T23:59:59-00:01", "9999-01-01T00:00:00Z", "", 5, "2024-02-30T00:00:00Z"}},
		"Float":    {errorOf(func(v any) (float64, error) { return scalar.UnmarshalFloat(t.Context(), v) }), []any{json.Number("1e400"), "NaN", "Infinity", "x", true, map[string]any{}}},
		"Date":     {errorOf(scalar.UnmarshalDate), []any{"0000-01-01", "9999-01-01", "2026-02-30", "2026-9-6", "2026-09-06T00:00:00Z", "", 5, nil}},
		"TimeZone": {errorOf(scalar.UnmarshalTimeZone), []any{"", "Local", "Mars/Olympus", "../etc/passwd", "posixrules", "right/UTC", "localtime", "europe/amsterdam", "UTC+1", "UTC\x00", 5, nil}},
		"Upload":   {errorOf(scalar.UnmarshalUpload), []any{"a text", nil, map[string]any{}, 5}},
	} {
		for _, v := range c.values {
			if err := c.unmarshal(v); !errors.Is(err, fault.BadInput) || !strings.HasSuffix(err.Error(), ".") {
				t.Errorf("the %s %#v: %v, want a sentence of BAD_USER_INPUT", name, v, err)
			}
		}
	}
}

// Dates and time zones that exist are valid.
func TestUnmarshalCalendar(t *testing.T) {
	t.Parallel()
	for _, date := range []string{"2026-09-06", "2024-02-29", "0001-01-01", "9998-12-31"} {
		if got, err := scalar.UnmarshalDate(date); err != nil || string(got) != date {
			t.Errorf("the Date %s = %s, %v", date, got, err)
		}
	}
	for _, zone := range []string{"UTC", "Europe/Amsterdam", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "EST5EDT", "America/Port-au-Prince"} {
		if got, err := scalar.UnmarshalTimeZone(zone); err != nil || string(got) != zone {
			t.Errorf("the TimeZone %s = %s, %v", zone, got, err)
		}
	}
}

func errorOf[T any](unmarshal func(any) (T, error)) func(any) error {
	return func(v any) error {
		_, err := unmarshal(v)
		return err
	}
}
