package main

import (
	"strconv"
	"strings"
)

// The content codings that answers can have, the better one first: at their fastest levels
// zstd is smaller than gzip, and takes about the same time.
var codings = []string{"zstd", "gzip"}

// chooseCoding returns the coding that a client likes best after its Accept-Encoding, ""
// for none, and whether it refuses an answer without a coding (RFC 9110 section 12.5.3).
// A client that says only "*" gets what is always right, and a weight that is none counts
// as a refusal.
func chooseCoding(accept string) (coding string, must bool) {
	weights := map[string]float64{}
	for item := range strings.SplitSeq(strings.ToLower(accept), ",") {
		name, params, _ := strings.Cut(item, ";")
		weights[strings.TrimSpace(name)] = codingWeight(params)
	}
	best := 0.0
	for _, name := range codings {
		if q := weights[name]; q > best {
			coding, best = name, q
		}
	}
	plain, listed := weights["identity"]
	rest, others := weights["*"]
	if listed && plain > best {
		coding = ""
	}
	return coding, listed && plain == 0 || !listed && others && rest == 0
}

// codingWeight reads the parameters of a coding.
func codingWeight(params string) float64 {
	params = strings.TrimSpace(params)
	if params == "" {
		return 1
	}
	name, value, _ := strings.Cut(params, "=")
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if strings.TrimSpace(name) != "q" || err != nil || !(0 <= q && q <= 1) {
		return 0
	}
	return q
}
