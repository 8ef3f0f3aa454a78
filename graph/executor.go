package graph

import (
	"log/slog"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// newExecutor returns the one executor of the server: GraphQL over HTTP and the REST API run
// their operations with it. It applies lim to documents of clients, and allows introspection.
func newExecutor(es graphql.ExecutableSchema, lim Limits, cache *queryCache, log *slog.Logger) *executor.Executor {
	lim = lim.orDefaults()
	e := executor.New(es)
	e.SetQueryCache(cache)
	e.SetParserTokenLimit(lim.Tokens)
	e.SetDefaultRulesFn(rulesWithoutSuggestions)
	e.SetDisableSuggestion(true)
	e.SetErrorPresenter(errorPresenter(log))
	e.SetRecoverFunc(panicRecoverer(log))
	e.Use(extension.Introspection{})
	e.Use(guard{lim, cache, es.Schema()})
	return e
}

// rulesWithoutSuggestions returns the rules of the GraphQL specification without the search
// for names similar to an unknown one: that search is slow for long names. gqlgen replaces
// two more rules itself. It changes the rules, so each document gets new ones.
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
