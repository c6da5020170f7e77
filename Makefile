# The commands of the README. The build itself is CMake's: see CMakePresets.json.
.PHONY: help build test packages clean

help:
	@echo "make build   install what is missing and build in release mode under build/release"
	@echo "make test    install what is missing, build and run the whole default test suite"
	@echo "make clean   remove build/"

packages:
	@scripts/install_packages.sh

build: packages
	cmake --preset release
	cmake --build --preset release

test: packages
	cmake --preset dev
	cmake --build --preset dev
	ctest --preset dev --parallel 2

clean:
	rm -rf build
