# fengsui: the commands of this repository. Go >= 1.26 and Node >= 20.19 are needed;
# what the tests need besides, scripts/need.sh installs (Debian packages, npm).
export CGO_ENABLED = 0
# -trimpath for all: the program, its tests and the servers of the tests then share what
# was compiled once.
export GOFLAGS = -buildvcs=false -trimpath
# The packages where state is shared: their tests run under the race detector.
RACED = . ./risk ./warning ./ingest ./store ./lease ./account ./health ./backup ./book ./adapter/jt808 ./adapter/mqtt ./seal
# But those that compute with one goroutine for a minute, and many under the detector: a
# year against its model, falsified series counted. They run without it.
COMPUTED = ^TestYear|^TestFalsified

.PHONY: demo build web test test-packages check e2e screenshots bench fuzz soak race package

# A simulated district on http://127.0.0.1:8080.
demo: build
	./bin/fengsui demo

build: web
	go build -o bin/fengsui ./cmd/fengsui

# The console is rebuilt when its sources are newer than what was built.
web: web/dist/index.html

web/dist/index.html: $(shell find web/src web/public web/index.html web/sw.js web/package-lock.json web/vite.config.ts web/installable.ts -type f 2>/dev/null)
	cd web && npm ci --ignore-scripts --no-audit --no-fund && npm run build
	touch $@

# Everything, on a bare machine. What computes goes first, in two lanes side by side, with
# the output of each when it has ended; then what waits for clocks, kills and browsers,
# which the others would make late.
test:
	bash scripts/need.sh
	$(MAKE) build
	$(MAKE) --keep-going --jobs=2 --output-sync=recurse race test-packages
	go test -vet=off -timeout 40m -parallel 4 ./app
	$(MAKE) e2e

# go vet is more than what go test vets by itself.
test-packages: build
	go vet ./...
	test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "gofmt would change the files above"; exit 1; }
	cd web && npm test
	go test -vet=off -timeout 30m $$(go list ./... | grep -vxF "$$(go list ./app $(RACED))")
	go test -vet=off -timeout 30m -run '$(COMPUTED)' ./risk ./warning

# The SQLite that is C made Go is not instrumented: its memory has its own locks, and
# it would be fifty times slower.
race:
	CGO_ENABLED=1 go test -race -vet=off -gcflags='modernc.org/...=-race=false' -timeout 30m -skip '$(COMPUTED)' $(RACED)

# The browser against a real server with a simulated field; docs/operate.md word by word.
e2e: build
	bash scripts/e2e.sh
	bash scripts/operate.sh

# A picture of every screen into docs/screens, to be looked at.
screenshots: build
	bash scripts/screens.sh

# Debian packages for amd64 and arm64 into bin/.
package: web
	bash dist/package.sh

# Before a commit: warm, no race detector, nothing that takes minutes.
check:
	test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "gofmt would change the files above"; exit 1; }
	go vet ./...
	go test -short ./...

# Each decoder in turn, 60 s each; FUZZTIME=5s for a quick look.
FUZZTIME ?= 60s
fuzz:
	bash scripts/fuzz.sh $(FUZZTIME)

bench: build
	bash scripts/need.sh
	go test -run '^$$' -bench . -benchtime 1x -timeout 60m ./bench

# The long tests of kills, of an hour's load and of the duty desk's page.
soak: build
	bash scripts/need.sh
	FENGSUI_SOAK=1 go test -timeout 120m -count 1 -run '^TestKill' -v ./app
	FENGSUI_SOAK=1 go test -timeout 120m -count 1 -run '^TestSoak$$' -v ./app
	FENGSUI_SOAK=1 go test -timeout 60m -count 1 -run '^TestSoakPage$$' -v ./app
