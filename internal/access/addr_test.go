package access

import "testing"

func TestClientAddr(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"192.0.2.7:1234":                   "192.0.2.7",
		"192.0.2.7":                        "192.0.2.7",
		"[::ffff:192.0.2.7]:1234":          "192.0.2.7",
		"[2001:db8:1:2:3:4:5:6]:1234":      "2001:db8:1:2::/64",
		"2001:db8:1:2::":                   "2001:db8:1:2::/64",
		"[fe80::1%eth0]:1234":              "fe80::/64",
		"[::1]:80":                         "::/64",
		"":                                 "unknown",
		"@":                                "unknown",
		"client.example.edu:80":            "unknown",
		"192.0.2.7:1234, 198.51.100.1:443": "unknown",
	} {
		if got := ClientAddr(in); got != want {
			t.Errorf("ClientAddr(%q) = %q, want %q", in, got, want)
		}
	}
}
