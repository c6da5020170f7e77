# The commands of the README. The build itself is CMake's: see CMakePresets.json.
.PHONY: help demo build install display test check check-format check-tidy check-asan check-tsan check-fuzz check-reproducible test-neon test-server test-store test-worker test-slurm demo-server soak bench bench-peers bench-serving packages charts wheel test-python notebooks deb test-deb clean

help:
	@echo "make demo         install what is missing, build, fetch the default model, find the people in pictures and a video"
	@echo "make test         install what is missing, build, run the test suite (the same build as the demo's)"
	@echo "make check        all gates: format, clang-tidy, equal bits from two folders, 64-bit ARM, Python, stores, queues, Slurm, sanitizers, fuzzers (an hour)"
	@echo "make demo-server  sinew serve on the default model: people in pictures over HTTP and gRPC, and a page that shows them live"
	@echo "make test-server  install what the server needs, build it, run its tests (part of make check)"
	@echo "make soak         what takes longer than a check may: hours of fuzzing and of random kills"
	@echo "make build        install what is missing, build: build/release/bin/sinew"
	@echo "make test-store   the tests of object stores, against a real one: installs what they need"
	@echo "make test-worker  the tests of queues, against a real server: installs what they need"
	@echo "make test-slurm   an array job on a Slurm of this machine, one of whose nodes is killed: installs what it needs"
	@echo "make install      build, and install into PREFIX (/usr/local), or make install PREFIX=\$$HOME/.local"
	@echo "make display      install SDL, and build the window that --display shows pictures in"
	@echo "make test-neon    cross-compile what has vector code and its tests for 64-bit ARM, run them under qemu"
	@echo "make bench        benchmarks of single kernels (ARGS=--benchmark_filter=cmu: some of them)"
	@echo "make bench-peers  run the same networks in other engines and in sinew, in turns (ARGS=--help: options)"
	@echo "make bench-serving  sinew serve under load, beside sinew run and the same network behind FastAPI and PyTorch"
	@echo "make wheel        pack the Python package: build/wheel/*.whl"
	@echo "make test-python  install the wheels into a fresh environment, run their tests"
	@echo "make notebooks    run the notebooks of examples/, check their figures, make pages of them: build/notebooks"
	@echo "make deb          pack a Debian package of program, libraries and headers: build/deb/*.deb"
	@echo "make test-deb     install that package, use it, remove it, and look whether anything is left"
	@echo "make clean        remove build/ and demo-output/"

packages:
	@scripts/install_packages.sh

charts: packages
	@scripts/fetch_charts.sh

build: charts
	@cmake --preset release >/dev/null
	@cmake --build --preset release --target program

demo: build
	@scripts/demo.sh

PREFIX ?= /usr/local
install: build
	@cmake --build --preset release --target libraries
	@scripts/install.sh "$(PREFIX)"

display: packages
	@scripts/install_packages.sh --list scripts/packages-display.txt
	@cmake --preset release >/dev/null
	@cmake --build --preset release --target sinew_display

test: charts
	@scripts/install_packages.sh --list scripts/packages-test.txt
	@cmake --preset release -DSINEW_TESTS=ON >/dev/null
	@cmake --build --preset release
	@scripts/fetch_samples.sh || echo "the sample pictures cannot be had: their test is skipped" >&2
	@build/release/bin/sinew model fetch mobilenet_thin >/dev/null || echo "mobilenet_thin cannot be had: its tests are skipped" >&2
	@scripts/test.sh release

check: check-format check-tidy check-reproducible test-neon test-python notebooks test-deb test-store test-worker test-slurm check-tsan check-asan check-fuzz

check-format:
	@scripts/check_format.sh

check-asan: charts
	@scripts/check_sanitizer.sh asan-ubsan
	@scripts/check_sanitizer.sh asan-server

check-tsan: packages
	@scripts/check_sanitizer.sh tsan
	@scripts/check_sanitizer.sh tsan kernel

check-tidy: packages
	@scripts/check_tidy.sh

check-reproducible: packages
	@tests/install/reproducible_test.sh .

check-fuzz: packages
	@scripts/fuzz.sh 20

test-store: packages
	@scripts/install_packages.sh --list scripts/packages-test.txt
	@scripts/install_packages.sh --list scripts/packages-store.txt
	@scripts/install_packages.sh --list scripts/packages-store-test.txt
	@scripts/fetch_s3rver.sh
	@cmake --preset release -DSINEW_TESTS=ON >/dev/null
	@cmake --build --preset release --target program store_parts_test make_model
	@scripts/test.sh release -R '^store'

test-worker: packages
	@scripts/install_packages.sh --list scripts/packages-test.txt
	@scripts/install_packages.sh --list scripts/packages-worker.txt
	@scripts/install_packages.sh --list scripts/packages-worker-test.txt
	@cmake --preset release -DSINEW_TESTS=ON >/dev/null
	@cmake --build --preset release --target program make_model
	@scripts/test.sh release -R '^worker'

test-slurm: packages
	@scripts/install_packages.sh --list scripts/packages-test.txt
	@scripts/install_packages.sh --list scripts/packages-slurm-test.txt
	@cmake --preset release -DSINEW_TESTS=ON >/dev/null
	@cmake --build --preset release --target program make_model
	@scripts/test.sh release -R '^slurm'

test-neon:
	@scripts/neon_tests.sh

test-server: charts
	@scripts/test_server.sh

demo-server: packages
	@scripts/install_packages.sh --list scripts/packages-server.txt
	@cmake --preset release >/dev/null
	@cmake --build --preset release --target program
	@scripts/demo_server.sh $(ARGS)

soak: packages
	@scripts/fuzz.sh 3600
	@SINEW_TEST_PICTURES=2000 scripts/test.sh release -R '^worker'
	@SINEW_TEST_PICTURES=1000 scripts/test.sh release -R '^slurm'
	@if [ -x build/release/tests/faults_test ]; then SINEW_SOAK=1 SINEW_KILL_SECONDS=3600 build/release/tests/faults_test --gtest_filter='*MadeUp*:*RandomKills'; fi
	@if [ -x build/release/bin/sinew-serve ]; then python3 bench/serving/soak.py build/release/bin/sinew-serve build/release/tests/make_model build/release/soak; fi

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

bench-serving: packages
	@scripts/install_packages.sh --list scripts/packages-server.txt
	@scripts/install_packages.sh --list scripts/packages-usual-stack.txt
	@cmake --preset release >/dev/null
	@cmake --build --preset release --target program
	@scripts/bench_serving.sh $(ARGS)

wheel: charts
	@scripts/install_packages.sh --list scripts/packages-python.txt
	@cmake --preset release -DSINEW_PYTHON=ON >/dev/null
	@cmake --build --preset release --target python
	@/usr/bin/python3 bindings/python/pack_wheels.py build/release build/wheel

test-python: wheel
	@scripts/install_packages.sh --list scripts/packages-test.txt
	@scripts/install_packages.sh --list scripts/packages-python-test.txt
	@cmake --preset release -DSINEW_TESTS=ON >/dev/null
	@cmake --build --preset release --target make_model
	@scripts/fetch_samples.sh || echo "the sample pictures cannot be had: their test is skipped" >&2
	@scripts/test_python.sh $(ARGS)

notebooks: wheel
	@scripts/install_packages.sh --list scripts/packages-python-test.txt
	@scripts/fetch_samples.sh
	@build/release/bin/sinew model fetch mobilenet_thin >/dev/null || echo "mobilenet_thin cannot be had: its notebook is skipped" >&2
	@scripts/run_notebooks.sh $(ARGS)

deb: charts
	@scripts/install_packages.sh --list scripts/packages-deb.txt
	@cmake --preset release >/dev/null
	@cmake --build --preset release --target program libraries
	@rm -rf build/deb && cd build/release && cpack -G DEB >/dev/null && ls -l ../deb/*.deb

test-deb: deb
	@scripts/install_packages.sh --list scripts/packages-test.txt
	@cmake --preset release -DSINEW_TESTS=ON >/dev/null
	@cmake --build --preset release --target make_model
	@tests/install/deb_test.sh build/deb/sinew_*.deb build/release/tests/make_model

clean:
	rm -rf build demo-output
