#!/usr/bin/env python3
"""Compares what libsinew.so exports with packaging/abi/libsinew.map, and with the public headers.

    abi_test.py LIBRARY MAP INCLUDE_DIR            says what differs, and exits with 1
    abi_test.py LIBRARY MAP INCLUDE_DIR --update   writes the map anew: functions of public headers come in, others go

A function that went, or has another signature, breaks programs that are built: that needs another minor version (while the
major one is 0), and with it another SONAME and another name of the map's node.
"""
import pathlib
import re
import subprocess
import sys

# What the library may need: everything else would be asked of each machine that runs a program with it.
MAY_NEED = re.compile(r"^(libc|libm|libstdc\+\+|libgcc_s|libdl|libpthread|ld-linux.*|libfmt|libhwy|libxxhash|libjpeg|libpng16)\.so")


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def demangled(symbols):
    names = subprocess.run(["c++filt"], input="\n".join(symbols), check=True, capture_output=True, text=True).stdout.splitlines()
    return dict(zip(symbols, names))


def exported(library):
    """Symbols that programs can use, without the version that stands behind them."""
    lines = run("nm", "--dynamic", "--defined-only", "--format=posix", library).splitlines()
    symbols = {line.split()[0] for line in lines}
    return {re.sub(r"@.*", "", symbol) for symbol in symbols if not symbol.startswith("SINEW_")}


def classes(headers):
    """Of each class: what is declared before "private:", and what behind it."""
    pattern = r"^(?:class|struct)(?: \[\[nodiscard\]\])? (\w+)[^;{]*\{(.*?)^\};"
    found = {}
    for name, body in re.findall(pattern, headers, re.MULTILINE | re.DOTALL):
        public, _, private = body.partition(" private:")
        found[name] = (public, private)
    return found


def declares(text, function):
    return re.search(rf"(?<![\w~]){re.escape(function)}\(", text) is not None


def promised(library, include):
    """Functions of public headers that the library has, by the names of its own table of symbols. What the compiler adds to a class is
    made anew in each program."""
    headers = "\n".join(re.sub(r"//.*", "", header.read_text()) for header in sorted(pathlib.Path(include, "sinew").glob("*.h")))
    bodies = classes(headers)
    table = run("nm", "--defined-only", "--format=posix", library)
    names = demangled(sorted({line.split()[0] for line in table.splitlines() if line.split()[1] in "Tt"}))
    promises = {}
    for symbol, name in names.items():
        match = re.match(r"^sinew::([A-Z]\w*)(?:::(~?\w+|operator=))?(?:\[abi:cxx11\])?\((.*)\)(?: const)?$", name)
        if not match:
            continue
        where, function = (headers, match[1]) if match[2] is None else (bodies.get(match[1], ("", ""))[0], match[2])
        # A constructor from a State, which only the library knows, is private.
        if declares(where, function) and not (match[1] == match[2] and re.search("(shared|unique)_ptr<", match[3])):
            promises[symbol] = name
    return promises


def main():
    library, map_file, include = sys.argv[1:4]
    text = pathlib.Path(map_file).read_text()
    listed = set(re.findall(r"^ +(_Z\w+);", text, re.MULTILINE))
    promises = promised(library, include)
    if "--update" in sys.argv:
        lines = [f"    {symbol};" for symbol in sorted(promises, key=promises.get)]
        body = "".join(f"    /* {promises[line.strip(' ;')]} */\n{line}\n" for line in lines)
        node = re.search(r"^SINEW_[\d.]+", text, re.MULTILINE)[0]
        head = text[: text.index("SINEW_")]
        pathlib.Path(map_file).write_text(f"{head}{node} {{\n  global:\n{body}  local: *;\n}};\n")
        return 0
    complaints = []
    names = demangled(sorted(listed | exported(library)))
    complaints += [f"is listed, and not there any more: {names[symbol]}" for symbol in sorted(listed - exported(library))]
    complaints += [f"is exported, and not listed: {names[symbol]}" for symbol in sorted(exported(library) - listed)]
    complaints += [f"is in a public header, and not listed: {promises[symbol]}" for symbol in sorted(promises.keys() - listed)]
    dynamic = run("readelf", "--dynamic", library)
    node = re.search(r"^SINEW_([\d.]+)", text, re.MULTILINE)[1]
    soname = re.search(r"SONAME.*\[(.*)\]", dynamic)
    if not soname or soname[1] != f"libsinew.so.{node}":
        complaints.append(f"its SONAME is {soname and soname[1]}, its symbols are of SINEW_{node}")
    needed = re.findall(r"NEEDED.*\[(.*)\]", dynamic)
    complaints += [f"needs {name}" for name in needed if not MAY_NEED.match(name)]
    for complaint in complaints:
        print(f"{library}: {complaint}")
    if complaints:
        print(f"where that is meant: {' '.join(sys.argv)} --update")
        return 1
    print(f"{len(listed)} functions, as listed; needs {', '.join(needed)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
