package compress

import "github.com/momotor/resultgraph/internal/accept"

// supported lists the content codings by preference. At their fastest levels zstd is smaller than gzip and takes about
// the same time, but some clients offer zstd and cannot read it: graphql-codegen 7 crashes on Node 20, whose zlib has
// no zstd. A client that wants zstd gives it a higher weight, or offers no gzip.
var supported = []string{"gzip", "zstd"}

// negotiate returns the content coding that a client prefers by its Accept-Encoding header,
// "" for none, and whether the client rejects an unencoded response (RFC 9110 section
// 12.5.3). A bare "*" selects no coding, which every client can read.
func negotiate(header []string) (encoding string, required bool) {
	codings := accept.Parse(header)
	highest := 0.0
	for _, name := range supported {
		if q, _ := accept.CodingWeight(codings, name); q > highest {
			encoding, highest = name, q
		}
	}
	identity, hasIdentity := accept.CodingWeight(codings, "identity")
	wildcard, hasWildcard := accept.CodingWeight(codings, "*")
	if hasIdentity && identity > highest {
		encoding = ""
	}
	return encoding, hasIdentity && identity == 0 || !hasIdentity && hasWildcard && wildcard == 0
}
