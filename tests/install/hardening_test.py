#!/usr/bin/env python3
"""Whether a program and its modules were built with what makes errors of memory harder to exploit, read from the files.

hardening_test.py PROGRAM MODULE...

A module may be so small that the compiler found nothing to protect in it: what shows in calls is asked of the program.
"""
import subprocess
import sys

ENDBR64 = b"\xf3\x0f\x1e\xfa"


def readelf(*arguments):
    return subprocess.run(["readelf", "--wide", *arguments], check=True, capture_output=True, text=True).stdout


def complaints(path, is_program):
    header, segments, dynamic = readelf("--file-header", path), readelf("--segments", path), readelf("--dynamic", path)
    symbols = readelf("--dyn-syms", path)
    if "DYN" not in header:
        yield "is at a fixed address (no PIE)"
    if "GNU_RELRO" not in segments:
        yield "has no read-only relocations (RELRO)"
    if not any("NOW" in line for line in dynamic.splitlines() if "FLAGS" in line or "BIND_NOW" in line):
        yield "resolves symbols lazily (no BIND_NOW)"
    stack = [line for line in segments.splitlines() if "GNU_STACK" in line]
    if not stack or "E" in stack[0].split()[-2]:
        yield "has an executable stack"
    if any("RWE" in line for line in segments.splitlines()):
        yield "has a segment that can be written and executed"
    if is_program and "__stack_chk_fail" not in symbols:
        yield "has no stack protector"
    if is_program and "_chk" not in symbols.replace("__stack_chk_fail", ""):
        yield "has no fortified calls (_FORTIFY_SOURCE)"
    if "X86-64" in header:
        with open(path, "rb") as file:
            if file.read().count(ENDBR64) < (20 if is_program else 1):
                yield "has no marked targets of jumps (CET)"


def main():
    failed = False
    for i, path in enumerate(sys.argv[1:]):
        for complaint in complaints(path, is_program=i == 0):
            print(f"{path}: {complaint}")
            failed = True
    if failed:
        return 1
    print(f"{len(sys.argv) - 1} files are hardened")
    return 0


if __name__ == "__main__":
    sys.exit(main())
