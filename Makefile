# Every door into the house. `make help` lists them.

.PHONY: help setup build check test sim bench demo vectors

help: ## this list
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

setup: ## install what is needed, build, and send a real file between two local peers
	npm run setup
	@$(MAKE) --no-print-directory demo

demo: ## a real send and receive on this machine: a file, the same again, a changed version
	node dist/bench/demo.js

build: ## compile
	npm run build

check: ## lint, format and types
	npm run check

test: ## all tests
	npm run check
	npm test

sim: ## the simulator's behaviours; SEED=n SCENARIO=name replay one, SEEDS=n tries n
	PFS_SEED="$(SEED)" PFS_SCENARIO="$(SCENARIO)" PFS_SEEDS="$(SEEDS)" npm run sim

vectors: ## write the golden vectors anew (a change is a change of the protocol)
	npm run vectors

bench: ## measure here: throughput beside TCP, memory, wire bytes of repeats (root: it makes network namespaces)
	npm run bench
