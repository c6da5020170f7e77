"""The `sinew` program that comes with the package: for what lives in the command line alone."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sinew._errors import Error, InvalidArgument, NotFound

_USAGE = 2  # the exit code of a command line that makes no sense


def program() -> Path:
    """Where it is: in this package, or what SINEW_PROGRAM names."""
    path = Path(os.environ.get("SINEW_PROGRAM") or Path(__file__).parent / "bin" / "sinew")
    if not path.is_file():
        raise NotFound(f"{path}: the program sinew is not there: install the wheel, or name it in SINEW_PROGRAM")
    return path


def flags(options: Mapping[str, Any]) -> list[str]:
    """{"min_oks": 0.5, "json": True} as ["--min-oks=0.5", "--json"]; what is None or False is left out."""
    given = []
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        if value is None or value is False:
            continue
        one = isinstance(value, (str, bytes, os.PathLike)) or not isinstance(value, Iterable)
        for item in [value] if one else value:
            text = os.fsdecode(item) if isinstance(item, (bytes, os.PathLike)) else item
            given.append(flag if item is True else f"{flag}={text}")
    return given


def run_json(
    command: str, arguments: Iterable[str | os.PathLike], options: Mapping[str, Any], codes: Iterable[int] = (0,)
) -> Any:
    """What `sinew COMMAND ... --json` prints. Exit codes other than `codes` are an exception with its message."""
    import subprocess  # it takes longer to import than the rest of this file

    line = [str(program()), command, *map(os.fsdecode, arguments), *flags({**options, "json": True})]
    result = subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if result.returncode in codes:
        return json.loads(result.stdout)
    message = result.stderr.decode(errors="backslashreplace").strip().removeprefix("sinew: ")
    kind = InvalidArgument if result.returncode == _USAGE else Error
    raise kind(message or f"sinew {command} ended with exit code {result.returncode}")
