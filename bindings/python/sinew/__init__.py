"""sinew: people in pictures and videos, at native speed.

    import sinew

    model = sinew.load("mobilenet_thin")
    people = model("photo.jpg")
    people.draw()

`load` takes a name of the zoo, a graph or a compiled model; a model takes arrays, paths and PIL's pictures. `run` goes
through folders, videos and cameras. Errors are below `sinew.Error`.

`import sinew` takes milliseconds: NumPy and the native code are loaded with the first name that needs them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sinew._errors import (
    Cancelled,
    Corrupt,
    Error,
    Incompatible,
    Internal,
    InvalidArgument,
    IoError,
    NotFound,
    TooLarge,
    Unavailable,
    Unsupported,
)

if TYPE_CHECKING:
    from sinew._model import Maps, Model, Session, load
    from sinew._people import People, Person, to_pandas
    from sinew._picture import read_picture, write_picture
    from sinew._run import Run, run
    from sinew._sinew import Skeleton
    from sinew._sinew import version as __version__
    from sinew._tools import (
        Bench,
        CompileReport,
        Evaluation,
        ExportReport,
        Profile,
        VerifyReport,
        bench,
        compile,
        cost,
        evaluate,
        export,
        fetch,
        models,
        profile,
        verify,
    )

__all__ = [
    "Bench",
    "Cancelled",
    "CompileReport",
    "Corrupt",
    "Error",
    "Evaluation",
    "ExportReport",
    "Incompatible",
    "Internal",
    "InvalidArgument",
    "IoError",
    "Maps",
    "Model",
    "NotFound",
    "People",
    "Person",
    "Profile",
    "Run",
    "Session",
    "Skeleton",
    "TooLarge",
    "Unavailable",
    "Unsupported",
    "VerifyReport",
    "__version__",
    "bench",
    "compile",
    "cost",
    "evaluate",
    "export",
    "fetch",
    "load",
    "models",
    "profile",
    "read_picture",
    "run",
    "to_pandas",
    "verify",
    "write_picture",
]

_HOMES = {
    "_model": ("Maps", "Model", "Session", "load"),
    "_people": ("People", "Person", "to_pandas"),
    "_picture": ("read_picture", "write_picture"),
    "_run": ("Run", "run"),
    "_sinew": ("Skeleton",),
    "_tools": (
        "Bench",
        "CompileReport",
        "Evaluation",
        "ExportReport",
        "Profile",
        "VerifyReport",
        "bench",
        "compile",
        "cost",
        "evaluate",
        "export",
        "fetch",
        "models",
        "profile",
        "verify",
    ),
}
_HOME_OF_NAME = {name: (home, name) for home, names in _HOMES.items() for name in names}
_HOME_OF_NAME["__version__"] = ("_sinew", "version")


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF_NAME:
        raise AttributeError(f"module 'sinew' has no attribute {name!r}")
    home, there = _HOME_OF_NAME[name]
    value = globals()[name] = getattr(import_module(f"sinew.{home}"), there)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
