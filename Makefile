# docs/testing.md says what the tests are and what they need.

# Seconds of fuzzing per target, and for all targets together. Short: what chance
# finds should not decide over an unrelated change; make soak fuzzes for long.
FUZZTIME ?= 10
FUZZTOTAL ?= 480
DEMO = testdata/dhcpd-samples/showcase.conf

.PHONY: build demo test oracles lint race live fuzz generate check-generated soak corpus equivalence golden bench clean

build:
	go build -o bin/keamigrate ./cmd/keamigrate
	go build -o bin/keasrv ./cmd/keasrv

# Exit status 1 says that there are findings to read, which the sample is there to show.
demo: build
	bin/keamigrate convert --force -o kea $(DEMO) || [ $$? -eq 1 ]
	ls -l kea

# The run without the race detector is last, so that its lines end the output.
test: oracles lint check-generated build fuzz race live

# Installs what the tests compare with. Nothing is done where all is there.
oracles:
	@if command -v apt-get >/dev/null; then scripts/install-oracles.sh; \
	else echo "no apt here: tests that need the real programs will be skipped"; fi

lint:
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "gofmt these:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	go tool staticcheck ./...

# Tests that are live or large leave themselves out of -short.
race:
	go test -race -short ./...

live:
	go test ./...

fuzz:
	FUZZTIME=$(FUZZTIME) FUZZTOTAL=$(FUZZTOTAL) scripts/fuzz.sh

generate:
	go generate ./...

check-generated:
	scripts/check-generated.sh

soak: oracles
	FUZZTIME=600 FUZZTOTAL=86400 scripts/fuzz.sh
	go test -race -count=5 -timeout 2h ./...
	go test -timeout 1h -run Killed ./cmd/keamigrate -kills 50
	go test -timeout 1h -run 'KeasrvKilled|KeasrvReconfigured|Interchange' ./verify/exchange -kills 50 -reconfigured 1000 -interchanged 1000000
	go test -run Malformed ./server -malformed 1000000

# make corpus CORPUS=DIR: a folder of real files, see verify/corpus.
corpus: build oracles
	@if [ -z "$(CORPUS)" ]; then echo "say which: make corpus CORPUS=DIR"; exit 2; fi
	go run ./verify/corpus -keamigrate bin/keamigrate "$(CORPUS)"

# make equivalence CORPUS=DIR: the same clients against dhcpd and Kea for each of
# these files, see verify/equivalence. EQUIVALENCE holds flags for it.
equivalence: oracles
	@if [ -z "$(CORPUS)" ]; then echo "say which: make equivalence CORPUS=DIR"; exit 2; fi
	go run ./verify/equivalence -keama $(EQUIVALENCE) "$(CORPUS)"

# Records anew what the real dhcpd answers in golden/exchanges. make live compares.
golden: oracles
	go test ./verify/exchange -run TestExchanges -update
	git diff --stat -- golden/exchanges

bench: build oracles
	go run ./verify/bench -keamigrate bin/keamigrate

clean:
	rm -rf bin kea
