package main

import (
	"fmt"
	"net"
	"strings"

	"github.com/momotor/resultgraph/internal/access"
	"github.com/momotor/resultgraph/internal/version"
)

// banner returns the message that serve prints once it listens. key opens the demo data; it
// is nil without a demo.
func banner(address net.Addr, key *access.Key) string {
	base := "http://" + address.String()
	var b strings.Builder
	fmt.Fprintf(&b, "\n%[2]s is ready.\n\n  App        %[1]s/app\n  GraphiQL   %[1]s/graphiql\n  API page   %[1]s/lti/api-doc\n  REST       %[1]s/lti/api/\n", base, version.Current())
	if key == nil {
		b.WriteString("\nCreate an API key with “resultgraph apikey create”.\n\n")
		return b.String()
	}
	fmt.Fprintf(&b, "  Sign in    %s/demo (teacher, TA, designer or student; only from this computer)\n", base)
	fmt.Fprintf(&b, "  API key    %s\n\nTry it:\n\n  %s\n\n", key.Reveal(), exampleRequest(base, key))
	return b.String()
}

// exampleRequest returns a curl command that queries the demo data.
func exampleRequest(base string, key *access.Key) string {
	query := `{ account(momotorId: 1) { name course(canvasId: 1001) { name assignment(canvasId: 501) { name results(first: 3) { nodes { user { name } label score steps { taskId accepted score } } } } } } }`
	return fmt.Sprintf("curl -s %s/graphql -H 'Authorization: Api-Key %s' -H 'Content-Type: application/json' -d '{\"query\":%q}'", base, key.Reveal(), query)
}
