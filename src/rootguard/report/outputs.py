"""Formats, and where each goes."""

import importlib
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from rootguard.errors import RootguardError
from rootguard.report.formats import BY_SUFFIX, MODULES, Format
from rootguard.report.report import Report, Write

_STANDARD_OUTPUT = "-"


@dataclass(frozen=True, slots=True)
class Output:
    """A report to write.

    Attributes:
        format: How it is written.
        path: The file; None for standard output.
    """

    format: Format
    path: Path | None = None

    def check(self) -> None:
        """Find out before the work that its result can be kept.

        Raises:
            RootguardError: The file cannot be written.
        """
        if self.path is None:
            return
        if self.path.is_dir():
            raise RootguardError(f"--output {self.path} is a folder: name a file in it")
        try:
            with tempfile.NamedTemporaryFile(dir=self.path.parent):
                pass
        except OSError as error:
            raise RootguardError(f"cannot write {self.path}: {error.strerror}; give --output another path") from None

    def write(self, report: Report) -> None:
        """Write it; a file that was there is replaced by the whole new one, or stays as it was.

        Raises:
            RootguardError: The file or standard output cannot take it.
        """
        if self.path is None:
            _print(self._writer(), report)
            return
        try:
            _replace(self.path, self._writer(), report)
        except OSError as error:
            raise RootguardError(f"cannot write {self.path}: {error.strerror}; give --output another path") from None

    def _writer(self) -> Write:
        return cast(Write, importlib.import_module(MODULES[self.format]).write)


def pair(formats: Sequence[Format], paths: Sequence[str]) -> tuple[Output, ...]:
    """The outputs that --format and --output ask for, the first with the first, and so on.

    A format without a path goes to standard output; a path without a format has the one that its ending names.

    Raises:
        RootguardError: Two formats for standard output, a file named twice, or an ending that names no format.
    """
    wanted = [*formats, *map(_format_of, paths[len(formats) :])] or [Format.TABLE]
    places = [*paths, *[_STANDARD_OUTPUT] * (len(wanted) - len(paths))]
    outputs = tuple(
        Output(format_, None if place == _STANDARD_OUTPUT else Path(place))
        for format_, place in zip(wanted, places, strict=True)
    )
    targets = [output.path for output in outputs]
    if targets.count(None) > 1:
        raise RootguardError("standard output takes one format: give each --format an --output, in the same order")
    for path in targets:
        if targets.count(path) > 1:
            raise RootguardError(f"--output {path} is given twice")
    return outputs


def _format_of(path: str) -> Format:
    if path == _STANDARD_OUTPUT:
        return Format.TABLE
    if (suffix := Path(path).suffix.lower()) in BY_SUFFIX:
        return BY_SUFFIX[suffix]
    raise RootguardError(f"--output {path}: give a --format for it, one of {', '.join(Format)}")


def _print(write: Write, report: Report) -> None:
    try:
        write(report, sys.stdout)
        sys.stdout.flush()
    except UnicodeEncodeError:
        raise RootguardError(
            f"standard output takes {sys.stdout.encoding} and the report needs UTF-8; set PYTHONIOENCODING=utf-8"
        ) from None
    except BrokenPipeError:
        # Whoever reads has enough, as `head` has; Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _replace(path: Path, write: Write, report: Report) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    new = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            write(report, file)
        _take_place(new, path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def _take_place(new: Path, old: Path) -> None:
    """With the permissions of what it replaces, or those of any new file."""
    mask = os.umask(0)
    os.umask(mask)
    new.chmod(old.stat().st_mode & 0o777 if old.exists() else 0o666 & ~mask)
    new.replace(old)
