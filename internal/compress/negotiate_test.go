package compress

import "testing"

func TestNegotiate(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string]struct {
		encoding string
		required bool
	}{
		"gzip":                              {"gzip", false},
		"gzip, deflate, br, zstd":           {"gzip", false},
		"zstd;q=1.0, gzip;q=1.0":            {"gzip", false},
		"gzip;q=0.9, zstd":                  {"zstd", false},
		"gzip;q=0, zstd":                    {"zstd", false},
		"GZIP;Q=1.000":                      {"gzip", false},
		"zstd;q=0.4, gzip; q = 0.5":         {"gzip", false},
		"gzip;q=0":                          {"", false},
		"gzip;q=0, zstd;q=0.001":            {"zstd", false},
		"gzip;q=0.5, identity":              {"", false},
		"gzip;q=0.5, identity;q=0.5":        {"gzip", false},
		"identity":                          {"", false},
		"br":                                {"", false},
		"*":                                 {"", false},
		"*;q=0":                             {"", true},
		"*;q=0, identity;q=0.1":             {"", false},
		"gzip;q=0.1, identity;q=0":          {"gzip", true},
		"identity;q=0":                      {"", true},
		"gzip;q=2, zstd;q=x, zstd ; level=": {"", false},
		",":                                 {"", false},
	} {
		if encoding, required := negotiate([]string{accept}); encoding != want.encoding || required != want.required {
			t.Errorf("negotiate(%q) = %q, %t, want %q, %t", accept, encoding, required, want.encoding, want.required)
		}
	}
}
