# Recurring tasks. “make help” lists them.
SHELL := /bin/bash
GO ?= go
PORT ?= 18080
PYTHON ?= python3

.PHONY: help run build release test check lint generate fuzz property compare-r bench stress audit clients web web-check e2e clean bench-peers

help: ## List the tasks
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: ## Run the program on the embedded store with demo data
	$(GO) run ./cmd/resultgraph serve --demo

build: ## Build the program for a release: ./resultgraph, without symbols, debug information and local paths
	$(GO) build -trimpath -ldflags '-s -w' -o resultgraph ./cmd/resultgraph

release: ## Build static programs for Linux and macOS with checksums and licences: ./dist
	@.ci/release

test: ## Run all tests on SQLite and PostgreSQL; as root on Debian, install PostgreSQL if it is missing
	@.ci/test

check: lint ## Run the checks of CI besides the tests: format, vet, staticcheck, generated code
	$(GO) tool gqlgen generate
	$(GO) generate ./internal/engine/brokerpb
	git diff --exit-code -- graph/exec internal/engine/brokerpb || { echo "generated code is not current: run make generate and commit the result"; exit 1; }

lint: ## Check the format, and run vet and staticcheck
	@out=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$out" || { echo "not gofmt-clean: $$out"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

generate: ## Generate graph/exec, internal/engine/brokerpb, rest/openapi.json and the tables of docs/settings.md
	$(GO) tool gqlgen generate
	$(GO) generate ./internal/engine/brokerpb
	$(GO) test ./rest -run '^TestOpenAPI$$' -update
	$(GO) test ./cmd/resultgraph -run '^TestSettingsPage$$' -update

fuzz: ## Run each fuzz test for 20 seconds
	@set -e; for f in $$(grep -rl --include='*_test.go' '^func Fuzz' .); do \
	  for t in $$(grep -oE '^func Fuzz[A-Za-z]*' $$f | cut -c6-); do \
	    echo "$$t ($$(dirname $$f))"; $(GO) test $$(dirname $$f) -run '^$$' -fuzz "^$$t$$" -fuzztime 20s; done; done

property: ## Compare 100,000 random operations of every kind of caller with a model of what callers may see (SEED=N)
	@set -o pipefail; $(GO) test ./graph -count=1 -timeout 2h -run '^TestVisible$$' -v -visible.stores 30 -visible.seed $(or $(SEED),$$(date +%s)) -rapid.nofailfile | grep -v 'rapid.*OK, passed'

compare-r: ## Compare the item analysis of random data with R (needs r-base-core and r-cran-psych)
	$(GO) test -count=1 ./internal/stats -run '^TestR$$' -args -r

bench: ## Run the benchmarks of the packages, and of the program on a store of a large institution
	$(GO) test -run '^$$' -bench . -benchmem $$($(GO) list ./... | grep -v internal/bench)
	$(GO) test -run '^$$' -bench . -timeout 2h ./internal/bench -args -servers program,handwritten,limit,resolvers

stress: ## Attack, overload and kill the program on both databases and print the figures (ONLY=SCENARIO, PROGRAM=PATH)
	cd internal/stress && $(GO) test -count=1 -timeout 3h -run 'TestStress/.*/$(or $(ONLY),.)' -stress $(if $(PROGRAM),-program $(abspath $(PROGRAM)))

bench-peers: ## Compare with PostGraphile and Django REST framework (see internal/bench/peers/README.md)
	cd internal/bench/peers && npm ci --no-audit --no-fund
	$(GO) test -run '^$$' -bench BenchmarkPeers -timeout 1h ./internal/bench

audit: ## Run the graphql-http audits of GraphQL over HTTP (needs Node)
	cd .audit && npm ci --silent
	@.ci/with-server 'cd .audit && AUDIT_URL=$$URL/graphql AUDIT_AUTHORIZATION="Api-Key $$KEY" node audit.mjs'

clients: ## Generate and run the example clients of docs/clients against the demo (needs Node, curl, and Python with pandas: PYTHON=PATH)
	cd docs/clients/typescript && npm ci --silent --ignore-scripts --no-audit --no-fund
	@PYTHON=$(PYTHON) .ci/with-server docs/clients/run
	git diff --exit-code -- docs/clients || { echo "the generated code or the output is not current: commit the difference if it is right"; exit 1; }

web: ## Build the web pages (needs Node)
	cd web && npm ci --silent && npm run build

web-check: ## Check that web/dist is the build of web/src (needs Node)
	cd web && npm ci --silent && npm run check && npm run check-dist

e2e: ## Test the web pages in a browser (needs Node and Chromium)
	cd web && npm ci --silent
	@.ci/with-server 'cd web && npm run e2e'
	$(GO) test -count=1 ./cmd/resultgraph -run '^TestLaunchInBrowser$$' -v -args -browser

clean: ## Delete the data of make run
	rm -rf data
