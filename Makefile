# Every recurring task. Run “make help” for the list.
SHELL := /bin/bash
GO ?= go
PORT ?= 18080

.PHONY: help run test check lint generate fuzz bench audit web web-check e2e clean bench-peers

help: ## List the tasks
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: ## Run the program on the embedded store with demo data
	$(GO) run ./cmd/resultgraph serve --demo

test: ## Run all tests, on SQLite and on PostgreSQL, installing Debian's package for the latter where possible
	@.ci/test

check: lint ## Check what CI checks besides tests: format, vet, staticcheck, generated code
	$(GO) tool gqlgen generate
	$(GO) generate ./internal/engine/brokerpb
	git diff --exit-code -- graph/exec internal/engine/brokerpb || { echo "generated code is not current: commit what make generate writes"; exit 1; }

lint: ## Check format and code
	@out=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$out" || { echo "not gofmt-clean: $$out"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

generate: ## Write graph/exec anew from schema.graphqls, internal/engine/brokerpb from broker.proto, and rest/openapi.json from the routes
	$(GO) tool gqlgen generate
	$(GO) generate ./internal/engine/brokerpb
	$(GO) test ./rest -run '^TestOpenAPI$$' -update
	$(GO) test ./cmd/resultgraph -run '^TestSettingsPage$$' -update

fuzz: ## Fuzz every parser of foreign bytes for 20 seconds each
	@set -e; for f in $$(grep -rl --include='*_test.go' '^func Fuzz' .); do \
	  for t in $$(grep -oE '^func Fuzz[A-Za-z]*' $$f | cut -c6-); do \
	    echo "$$t ($$(dirname $$f))"; $(GO) test $$(dirname $$f) -run '^$$' -fuzz "^$$t$$" -fuzztime 20s; done; done

bench: ## Measure speed and memory: parts, and then the program on a store of a large institution
	$(GO) test -run '^$$' -bench . -benchmem $$($(GO) list ./... | grep -v internal/bench)
	$(GO) test -run '^$$' -bench . -timeout 1h ./internal/bench

bench-peers: ## Measure it beside PostGraphile and Django REST framework, which internal/bench/peers/README.md says how to install
	cd internal/bench/peers && npm ci --no-audit --no-fund
	$(GO) test -run '^$$' -bench BenchmarkPeers -timeout 1h ./internal/bench

audit: ## Audit GraphQL over HTTP with npm's graphql-http (needs Node)
	cd .audit && npm ci --silent
	@.ci/with-server 'cd .audit && AUDIT_URL=$$URL/graphql AUDIT_AUTHORIZATION="Api-Key $$KEY" node audit.mjs'

web: ## Build the pages anew (needs Node)
	cd web && npm ci --silent && npm run build

web-check: ## Check that web/dist is what web/src builds (needs Node)
	cd web && npm ci --silent && npm run check && npm run check-dist

e2e: ## Try the pages in a browser (needs Node and Chromium)
	cd web && npm ci --silent
	@.ci/with-server 'cd web && npm run e2e'

clean: ## Remove the data of make run
	rm -rf data
