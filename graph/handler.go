package graph

import (
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// newHandler returns a server of es over HTTP with the limits of lim. Other transports get
// a request first: GraphQL's own takes whatever comes. The schema may be asked about
// itself. How errors and panics are presented is left to the caller, whose presenter must
// keep the extensions of errors that have a code.
func newHandler(es graphql.ExecutableSchema, lim Limits, cache *queryCache, others ...graphql.Transport) *handler.Server {
	lim = lim.orDefaults()
	srv := handler.New(es)
	for _, t := range append(others, httpTransport{lim}) {
		srv.AddTransport(t)
	}
	srv.SetQueryCache(cache)
	srv.SetParserTokenLimit(lim.Tokens)
	srv.SetValidationRulesFn(rulesWithoutSuggestions)
	srv.SetDisableSuggestion(true)
	srv.Use(extension.Introspection{})
	srv.Use(guard{lim, cache})
	return srv
}

// rulesWithoutSuggestions returns the rules of the GraphQL specification, without the
// search for names that are like a wrong one: it takes long for long names. gqlgen itself
// replaces two more of them. The rules are new for each document, since gqlgen changes them.
func rulesWithoutSuggestions() *rules.Rules {
	r := rules.NewDefaultRules()
	for _, rule := range []core.Rule{
		rules.KnownArgumentNamesRuleWithoutSuggestions,
		rules.KnownTypeNamesRuleWithoutSuggestions,
		rules.ValuesOfCorrectTypeRuleWithoutSuggestions,
	} {
		r.RemoveRule(strings.TrimSuffix(rule.Name, "WithoutSuggestions"))
		r.AddRule(rule.Name, rule.RuleFunc)
	}
	return r
}
