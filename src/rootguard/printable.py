"""What a screen or a report can show: what others say, such as account names, and our own signs."""

import io
import sys

from rootguard.errors import RootguardError


def check_standard_output() -> None:
    """See that standard output takes the signs of verdicts, whose substitutes would all be alike.

    Raises:
        RootguardError: It does not.
    """
    try:
        "✔".encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        fix = "set PYTHONIOENCODING=utf-8"
        raise RootguardError(f"standard output takes {sys.stdout.encoding} and this needs UTF-8; {fix}") from None


def never_fail_to_print() -> None:
    """Have what the user's encoding lacks written as its number in Unicode."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def printable(said: str) -> str:
    """The text as it is, on one line: nothing in it that a terminal, rich or a viewer takes for an instruction.

    Control characters, what reorders or hides its neighbours (U+202E, U+200B) and what XML 1.0 has no place for become
    U+FFFD, white space a space.
    """
    return "".join(one if one.isprintable() else " " if one.isspace() else "\ufffd" for one in said)
