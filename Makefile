# portcullis. `make` lists the targets; CONTRIBUTING.md tells which one to use when.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# One set of flags for every go command, here, in .ci/run and in the Dockerfile: the engines compile for minutes, once.
export GOEXPERIMENT := jsonv2
export CGO_ENABLED := 0
export GOFLAGS := -buildvcs=false -trimpath

# The version goes to the linker only, so that a new commit compiles nothing anew.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
REVISION ?= $(shell git rev-parse HEAD 2>/dev/null)
LDFLAGS := -s -w -X main.version=$(VERSION)

BIN := bin/portcullis
REPORTS := bin/reports
FUZZTIME ?= 20s
IMAGE ?= portcullis:dev
DEBIAN_IMAGE ?=
GO_IMAGE ?=

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build bin/portcullis (minutes the first time, seconds after that)
	@echo "building $(BIN) $(VERSION)" >&2
	@go build -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/portcullis

.PHONY: demo
demo: build ## run the whole gate on an example: no network, no Docker engine
	@$(BIN) demo

.PHONY: test
test: vet test-plain test-race ## vet, all tests, and the light packages again under the race detector

.PHONY: vet
vet:
	@echo "go vet" >&2
	@go vet ./...

.PHONY: test-plain
test-plain:
	@scripts/gotest.sh $(REPORTS)/test.xml ./...

# Only packages whose tests link no engine: the others would compile for minutes more, and race in code that is not ours.
.PHONY: test-race
test-race:
	@CGO_ENABLED=1 scripts/gotest.sh $(REPORTS)/race.xml -race $$(scripts/light-packages.sh)

.PHONY: e2e
e2e: build ## the image for real (docker run, a registry, signing, a workflow through act) and the HTML report in a browser
	@scripts/e2e.sh

.PHONY: screenshots
screenshots: ## the pictures in docs/images, by the chromium on the PATH
	@go test -tags e2e -count=1 -run TestScreenshots ./e2e/browser -args -screenshots=$(CURDIR)/docs/images

.PHONY: self
self: build ## the gate on this repository: its Dockerfile, its workflows, without a network
	@$(BIN) run --offline .

.PHONY: lint
lint: ## gofmt, vet, golangci-lint, actionlint, shellcheck
	@scripts/lint.sh

.PHONY: bench
bench: ## benchmarks, with allocations
	@go test -run '^$$' -bench . -benchmem ./...

.PHONY: bench-beside
bench-beside: build ## whole runs beside Trivy's on one image, cold and warm (builds Trivy the first time)
	@BESIDE_TRIVY="$$(scripts/trivy.sh)" BESIDE_ROOTFS="$$(scripts/base-image.sh rootfs)" \
		go test -tags beside -count=1 -run '^$$' -bench . -benchtime 10x ./e2e/beside

.PHONY: large
large: build ## scan an image of 2 GB: peak memory and disk (minutes, 4 GB in TMPDIR)
	@go test -tags large -count=1 -v ./e2e/large

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME (default 20s)
	@scripts/fuzz.sh $(FUZZTIME)

.PHONY: image
image: ## build the image as IMAGE, compiling inside; DEBIAN_IMAGE and GO_IMAGE name other bases
	@docker build -t $(IMAGE) --build-arg VERSION=$(VERSION) --build-arg REVISION=$(REVISION) \
	  $(addprefix --build-arg DEBIAN_IMAGE=,$(DEBIAN_IMAGE)) $(addprefix --build-arg GO_IMAGE=,$(GO_IMAGE)) .

.PHONY: dist
dist: build ## the binary of this platform and its checksum, in dist/
	@mkdir -p dist
	@cp $(BIN) dist/portcullis-$$(go env GOOS)-$$(go env GOARCH)
	@cd dist && sha256sum portcullis-$$(go env GOOS)-$$(go env GOARCH) > portcullis-$$(go env GOOS)-$$(go env GOARCH).sha256

.PHONY: clean
clean: ## remove what the targets made in the tree
	@rm -rf bin dist
