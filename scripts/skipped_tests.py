#!/usr/bin/env python3
"""Reads ctest's log of its last run and says which tests were skipped, why, and how to get what they lack.

    skipped_tests.py LastTest.log
"""
import collections
import pathlib
import re
import sys

# GoogleTest names a skipped test and the message of GTEST_SKIP on the line before it; other tests print "skipped: REASON".
GTEST_SKIP = re.compile(r"^[^\n]*: Skipped\n(?P<reason>[^\n]*)\n(?:[^\n]*\n)*?\[  SKIPPED \] (?P<name>\S+)", re.MULTILINE)
OTHER_SKIP = re.compile(r"^skipped: (?P<reason>.*)$", re.MULTILINE)
TEST = re.compile(r"^\d+/\d+ Testing: (?P<name>\S+)$", re.MULTILINE)


def skipped(log):
    """Yields (test, reason)."""
    parts = TEST.split(log)
    for program, text in zip(parts[1::2], parts[2::2]):
        for match in GTEST_SKIP.finditer(text):
            yield f"{program}: {match['name']}", match["reason"].strip()
        for match in OTHER_SKIP.finditer(text):
            yield program, match["reason"].strip()


def main():
    path = pathlib.Path(sys.argv[1])
    if not path.exists():
        return
    reasons = collections.defaultdict(list)
    for test, reason in skipped(path.read_text(encoding="utf-8", errors="replace")):
        reasons[reason or "no reason given"].append(test)
    if not reasons:
        print("no test was skipped")
        return
    print(f"{sum(map(len, reasons.values()))} tests were skipped:")
    for reason, tests in sorted(reasons.items()):
        print(f"  {reason}")
        for test in tests:
            print(f"      {test}")


if __name__ == "__main__":
    main()
