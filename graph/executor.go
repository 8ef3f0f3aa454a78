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

// newExecutor returns the executor for the operations of GraphQL over HTTP and of the REST API, with
// all its extensions. It applies lim to documents of clients, and allows introspection. It calls
// observe, if not nil, after every operation.
func newExecutor(es graphql.ExecutableSchema, lim Limits, cache *queryCache, observe func(OperationOutcome), log *slog.Logger) *executor.Executor {
	lim = lim.orDefaults()
	e := executor.New(es)
	e.SetQueryCache(cache)
	e.SetParserTokenLimit(lim.Tokens)
	e.SetDefaultRulesFn(validationRules)
	e.SetDisableSuggestion(true)
	e.SetErrorPresenter(errorPresenter(log))
	e.SetRecoverFunc(panicRecoverer(log))
	e.Use(extension.Introspection{})
	e.Use(guard{lim, cache, es.Schema()})
	if observe != nil {
		e.Use(observer{observe})
	}
	e.Use(newCallerLimit(max(1, lim.CallerOperations), errorPresenter(log)))
	e.Use(newBudgeter(lim))
	return e
}

// validationRules returns the validation rules of the GraphQL specification, without suggestions of
// similar names for an unknown name: the search for similar names is slow for long names. gqlgen
// replaces two other rules in the returned set, so each document needs a new set.
func validationRules() *rules.Rules {
	r := rules.NewDefaultRules()
	for _, rule := range []core.Rule{
		rules.KnownArgumentNamesRuleWithoutSuggestions,
		rules.KnownTypeNamesRuleWithoutSuggestions,
		rules.ValuesOfCorrectTypeRuleWithoutSuggestions,
	} {
		r.RemoveRule(strings.TrimSuffix(rule.Name, "WithoutSuggestions"))
		r.AddRule(rule.Name, rule.RuleFunc)
	}
	r.AddRule(objectLiterals.Name, objectLiterals.RuleFunc)
	return r
}
