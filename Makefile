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

.PHONY: demo build web test test-packages test-race test-whole check e2e screenshots bench fuzz soak race package

# A simulated district on http://127.0.0.1:8080.
demo: build
	./bin/fengsui demo

build: web
	go build -o bin/fengsui ./cmd/fengsui

# The console is rebuilt when its sources are newer than what was built.
web: web/dist/index.html

web/dist/index.html: $(shell find web/src web/index.html web/package-lock.json web/vite.config.ts -type f 2>/dev/null)
	cd web && npm ci --ignore-scripts --no-audit --no-fund && npm run build
	touch $@

# Everything, on a bare machine: three lanes side by side, and the output of each when it
# has ended. The tests of the whole platform mostly wait for clocks and browsers; the
# others compute, and are nice, so that they take what is left and make no clock late.
test:
	bash scripts/need.sh
	$(MAKE) --keep-going --jobs=3 --output-sync=recurse test-race test-whole test-packages

test-race:
	nice $(MAKE) race

test-whole: build
	failed=; go test -vet=off -timeout 40m -parallel 4 ./app || failed=1; $(MAKE) e2e || failed=1; test -z "$$failed"

# go vet is more than what go test vets by itself.
test-packages: build
	nice go vet ./...
	test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "gofmt would change the files above"; exit 1; }
	cd web && nice npm test
	nice go test -vet=off -timeout 30m $$(go list ./... | grep -vxF "$$(go list ./app $(RACED))")
	nice go test -vet=off -timeout 30m -run '$(COMPUTED)' ./risk ./warning

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
	go test -run '^$$' -bench . -benchtime 1x -timeout 60m ./bench

soak: build
	FENGSUI_SOAK=1 go test -timeout 120m -count 1 -run 'TestKill' -v ./app
