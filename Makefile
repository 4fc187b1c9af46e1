# A thin front to CMake. `make demo` and `make test` are all that a new machine needs.
#
#   make demo              build and run the main job on procedural phantoms
#   make demo DATA=folder  the same on mini-MIAS: the paper's network and protocol
#   make test              build and pass the tests
#   make build             the programs, in build/PRESET/bin
#   make format lint       clang-format in place; clang-tidy
#   make clean             remove build/ and demo/

# CUDA is built only where a GPU is present; PRESET=cuda builds it anywhere with nvcc.
PRESET ?= $(shell nvidia-smi -L >/dev/null 2>&1 && command -v nvcc >/dev/null && echo cuda || echo release)
JOBS ?= $(shell nproc)
BUILD = build/$(PRESET)
BIN = $(BUILD)/bin
DATA ?= phantom
DEMO = demo
# Empty: all of them.
TARGETS ?=
CTEST_FLAGS ?=
# ON: warnings are errors, as in CI.
WERROR ?= OFF

CONFIGURE = cmake --preset $(PRESET) -DPELLUCID_WERROR=$(WERROR) >/dev/null

.PHONY: demo test build dependencies format lint clean

demo: dependencies
	@$(CONFIGURE)
	@cmake --build $(BUILD) --target programs -j $(JOBS)
	@scripts/demo "$(BIN)" "$(DATA)" "$(DEMO)"

test: build
	@ctest --test-dir $(BUILD) --output-on-failure -j $(JOBS) $(CTEST_FLAGS)

build: dependencies
	@$(CONFIGURE)
	@cmake --build $(BUILD) -j $(JOBS) $(if $(TARGETS),--target $(TARGETS))

dependencies:
	@scripts/install-dependencies $(if $(filter fuzz,$(PRESET)),clang llvm libclang-rt-dev)

SOURCES = $(shell git ls-files '*.h' '*.cpp' '*.cu' '*.cuh')

format:
	clang-format -i $(SOURCES)

# clang-tidy reads neither g++'s precompiled headers nor all of its options.
lint: dependencies
	clang-format --dry-run --Werror $(SOURCES)
	@cmake --preset release -B build/lint -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON -DCMAKE_UNITY_BUILD=OFF >/dev/null
	run-clang-tidy -quiet -p build/lint -extra-arg=-Wno-unknown-warning-option \
	  '$(CURDIR)/(runtime|kernels|nn|explain|apps)/.*\.cpp'

clean:
	rm -rf build $(DEMO)
