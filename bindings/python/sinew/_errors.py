"""Exceptions: one for each kind of thing that goes wrong, all below `Error`.

Messages are those of the command line: they name the culprit and say what to do. Where Python has a class for the same
thing (ValueError, FileNotFoundError, ...), the exception is one of it, too.
"""

from __future__ import annotations


class Error(Exception):
    """Whatever sinew has to say against what it was asked for."""


class InvalidArgument(Error, ValueError):
    """An argument, a shape or an option that makes no sense."""


class NotFound(Error, FileNotFoundError):
    """A file, a model or a device that is not there."""


class Unsupported(Error):
    """Well-formed, but not something that sinew handles."""


class Corrupt(Error):
    """Truncated, damaged or self-contradictory data."""


class TooLarge(Error):
    """Beyond a documented limit, or more than there is memory."""


class Incompatible(Error):
    """Made by another version, or for another processor."""


class IoError(Error, OSError):
    """The operating system refused a read or a write."""


class Unavailable(Error):
    """Out of reach, or not installed: may work later."""


class Cancelled(Error):
    """Stopped on request."""


class Internal(Error):
    """A bug in sinew: please report it."""


_CLASSES = {
    "invalid argument": InvalidArgument,
    "not found": NotFound,
    "unsupported": Unsupported,
    "corrupt": Corrupt,
    "too large": TooLarge,
    "incompatible": Incompatible,
    "input/output": IoError,
    "unavailable": Unavailable,
    "cancelled": Cancelled,
    "internal": Internal,
}


def class_for(code: str) -> type[Error]:
    """The exception for a code of the library."""
    return _CLASSES.get(code, Error)
