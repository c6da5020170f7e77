# The commands of the README. The build itself is CMake's: see CMakePresets.json.
.PHONY: help demo build test test-neon bench bench-peers packages charts clean

help:
	@echo "make demo    install what is missing, build, fetch the default model, find the people on pictures and a video"
	@echo "make test    install what is missing, build, run the whole test suite"
	@echo "make test-neon  cross-compile the kernels and their tests for 64-bit ARM, run them under qemu"
	@echo "make build   install what is missing, build in release mode: build/release/bin/sinew"
	@echo "make bench   build the benchmarks of single kernels in build/bench, and run them for a moment each (ARGS=--benchmark_filter=cmu: some of them)"
	@echo "make bench-peers  get other engines, run the same networks in them and in sinew, in turns (ARGS=--help: options)"
	@echo "make clean   remove build/ and demo-output/"

packages:
	@scripts/install_packages.sh

charts: packages
	@scripts/fetch_charts.sh

build: charts
	@cmake --preset release >/dev/null
	@cmake --build --preset release

demo: build
	@scripts/demo.sh

test: charts
	@cmake --preset dev >/dev/null
	@cmake --build --preset dev
	ctest --preset dev --parallel 2

test-neon:
	@scripts/neon_tests.sh

bench: packages
	@scripts/install_packages.sh libbenchmark-dev
	@cmake --preset bench >/dev/null
	@cmake --build --preset bench --target gemm_bench conv_bench pose_bench list_layers
	@build/bench/bin/gemm_bench --benchmark_min_time=0.2 $(ARGS)
	@build/bench/bin/conv_bench --benchmark_min_time=0.02 bench/shapes/*.txt $(ARGS)

bench-peers: packages
	@scripts/fetch_peers.sh
	@cmake --preset release >/dev/null
	@cmake --build --preset release --target sinew sinew_worker
	@python3 bench/peers/bench_peers.py $(ARGS)

clean:
	rm -rf build demo-output
