# fengsui: the commands of this repository. Go >= 1.26 and Node >= 20.19 are needed;
# what the tests need besides, scripts/need.sh installs (Debian packages, npm).
export CGO_ENABLED = 0
export GOFLAGS = -buildvcs=false
# The SQLite that is C made Go is not instrumented: its memory has its own locks, and
# it would be fifty times slower.
RACE = CGO_ENABLED=1 go test -race -gcflags='modernc.org/...=-race=false' -timeout 20m

.PHONY: demo build web test check e2e bench fuzz soak race package

# A simulated district on http://127.0.0.1:8080.
demo: build
	./bin/fengsui demo

build: web
	go build -trimpath -o bin/fengsui ./cmd/fengsui

# The console is rebuilt when its sources are newer than what was built.
web: web/dist/index.html

web/dist/index.html: $(shell find web/src web/index.html web/package-lock.json web/vite.config.ts -type f 2>/dev/null)
	cd web && npm ci --ignore-scripts --no-audit --no-fund && npm run build
	touch $@

# Everything, on a bare machine. app alone: its clocks run beside kills, and other
# packages' load would make them late.
test:
	bash scripts/need.sh
	$(MAKE) build
	go vet ./...
	test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "gofmt would change the files above"; exit 1; }
	cd web && npm test
	go test -timeout 20m $$(go list ./... | grep -v '/app$$')
	go test -timeout 30m ./app
	$(MAKE) race
	$(MAKE) e2e

# The race detector where state is shared; the year's model is compared without it.
race:
	$(RACE) -skip TestYear . ./risk ./warning ./ingest ./store ./lease ./account ./health ./backup ./adapter/jt808 ./adapter/mqtt ./seal

# The browser against a real server with a simulated field; docs/operate.md word by word.
e2e: build
	bash scripts/e2e.sh
	bash scripts/operate.sh

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
