# Every door into the house. `make help` lists them.

.PHONY: help setup setup-rivals build check test test-portable sim bench demo docs vectors \
  compare compare-large analyze check-remote compare-arm64 \
  native native-test native-bench sanitize sanitize-addon fuzz prebuild arm64 emulator-test emulator-check

help: ## this list
	@grep -E '^[a-z0-9-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 16

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

test-portable: ## the tests that meet the addon, without it
	npm run test:portable

sim: ## the simulator's behaviours; SEED=n SCENARIO=name replay one, SEEDS=n tries n
	PFS_SEED="$(SEED)" PFS_SCENARIO="$(SCENARIO)" PFS_SEEDS="$(SEEDS)" npm run sim

docs: ## the library's pages, into docs/api
	npm run docs

vectors: ## write the golden vectors anew (a change is a change of the protocol)
	npm run vectors

bench: ## measure here: throughput beside TCP, memory, wire bytes of repeats (root: it makes network namespaces)
	npm run bench

compare = node dist/bench/compare/main.js $(foreach name,scenario workload contender,\
  $(if $($(shell echo $(name) | tr a-z A-Z)),--$(name) '$($(shell echo $(name) | tr a-z A-Z))'))
compare: ## pfs beside its rivals, same lines, same rounds; SCENARIO= WORKLOAD= CONTENDER= (root)
	npm run build
	$(compare) $(if $(ROUNDS),--rounds $(ROUNDS))

compare-large: ## the same over every line, with every workload: hours
	npm run build
	$(compare) --form large $(if $(ROUNDS),--rounds $(ROUNDS))

analyze: ## the reports again from results/, or FILES=: a table, Markdown, one HTML page
	npm run build
	node dist/bench/compare/analyze.js $(FILES)

check-remote: ## a few cells and doctor against REMOTE=[user@]host by ssh; without it a rehearsal here
	npm run build
	node dist/bench/compare/$(if $(REMOTE),remote.js '$(REMOTE)',rehearsal.js) $(if $(REMOTE_PFS),--pfs '$(REMOTE_PFS)') \
	  $(if $(SSH),--ssh '$(SSH)') $(if $(MIB),--mib $(MIB)) $(if $(ROUNDS),--rounds $(ROUNDS))

compare-arm64: ## x64 and ARM64 (qemu) at the two ends: what arrives, and the bytes it took
	npm run build
	node native/arm64.mjs dist/bench/compare/arm64.js

rivals = node_modules/.cache/pfs-rivals
setup-rivals: ## install what `make bench` is compared with: npm packages into a cache, Debian's by apt-get
	mkdir -p $(rivals) && cp bench/rivals/npm/package.json $(rivals)/
	npm install --ignore-scripts --no-package-lock --no-audit --no-fund --prefix $(rivals)
	which iperf3 rsync scp xxhsum b3sum && test -x /usr/sbin/sshd || \
	  apt-get install -y --no-install-recommends iperf3 rsync openssh-client openssh-server xxhash b3sum

native: ## build the addon, as setup does where a compiler is
	npm run build:native

native-test: ## the addon's parts as plain programs, at every level of the processor
	$(MAKE) -C native test

native-bench: ## GB/s of each kernel
	$(MAKE) -C native bench

sanitize: ## the same under the address, undefined-behaviour and thread sanitisers
	$(MAKE) -C native asan tsan

sanitize-addon: ## the addon's own tests in a node with the address sanitiser
	$(MAKE) -C native asan-addon

fuzz: ## the fuzz programs under sanitisers; SEED=n ROUNDS=n, the same numbers are the same run
	$(MAKE) -C native fuzz $(if $(SEED),SEED=$(SEED)) $(if $(ROUNDS),ROUNDS=$(ROUNDS))

emulator-test: ## the link emulator's parts as plain programs, under sanitisers
	$(MAKE) -C netsim/emulator test

emulator-check: ## the link emulator against what it promises: delay, rate, loss, ceiling (root, a quiet machine)
	npm run build
	node dist/netsim/check.js

prebuild: ## prebuilds/linux-{x64,arm64}/pfs.node, what a package ships
	npm run build:prebuilds

arm64: ## all that has an ARM64 side, by qemu: parts, vectors, suites, a file each way
	node native/arm64.mjs
