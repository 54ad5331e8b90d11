"""Formats, and where each goes."""

import importlib
import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from rootguard.errors import RootguardError
from rootguard.printable import check_standard_output
from rootguard.report.formats import BY_SUFFIX, MODULES, Format
from rootguard.report.report import Report, Write

_STANDARD_OUTPUT = "-"
_PREFIX = ".rootguard-"
"""Of a file that is not finished."""


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
            RootguardError: The file cannot be written, or standard output takes no UTF-8.
        """
        if self.path is None:
            check_standard_output()
            return
        try:
            _check_file(self.path)
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
        place = _overwrite if _is_device(self.path) else _replace
        try:
            place(self.path, self._writer(), report)
        except OSError as error:
            raise RootguardError(f"cannot write {self.path}: {error.strerror}; give --output another path") from None

    def _writer(self) -> Write:
        return cast(Write, importlib.import_module(MODULES[self.format]).write)


def write_all(outputs: Iterable[Output], report: Report) -> None:
    """Write them all, also after one of them failed: what was found out took longer.

    Raises:
        RootguardError: As Output.write; the first of several.
    """
    failure = None
    for output in outputs:
        try:
            output.write(report)
        except Exception as error:  # noqa: BLE001 - raised below
            failure = failure or error
    if failure:
        raise failure


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
    targets = [output.path and output.path.resolve() for output in outputs]
    if targets.count(None) > 1:
        raise RootguardError("standard output takes one format: give each --format an --output, in the same order")
    for output, target in zip(outputs, targets, strict=True):
        if targets.count(target) > 1:
            raise RootguardError(f"--output {output.path} is given twice")
    return outputs


def _format_of(path: str) -> Format:
    if path == _STANDARD_OUTPUT:
        return Format.TABLE
    if (suffix := Path(path).suffix.lower()) in BY_SUFFIX:
        return BY_SUFFIX[suffix]
    raise RootguardError(f"--output {path}: give a --format for it, one of {', '.join(Format)}")


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise RootguardError(f"--output {path} is a folder: name a file in it")
    if not _is_device(path):
        with tempfile.NamedTemporaryFile(dir=path.resolve().parent, prefix=_PREFIX):
            pass


def _print(write: Write, report: Report) -> None:
    try:
        write(report, sys.stdout)
        sys.stdout.flush()
    except OSError as error:
        # Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # then whoever reads has enough, as `head` has
            raise RootguardError(f"cannot write to standard output: {error.strerror}; give --output a file") from None


def _is_device(path: Path) -> bool:
    """Whether it is something to write to, and not to replace: /dev/null, a pipe of the shell's."""
    return path.exists() and not path.is_file()


def _overwrite(path: Path, write: Write, report: Report) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        write(report, file)


def _replace(path: Path, write: Write, report: Report) -> None:
    path = path.resolve()  # a link stays one
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=_PREFIX)
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
