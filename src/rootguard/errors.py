"""What a person at the terminal is told in one line."""

from typing import ClassVar


class RootguardError(Exception):
    """Something that the user can mend: one line that says what is wrong and how to put it right.

    Commands end with its exit code, and never with a traceback.
    """

    exit_code: ClassVar[int] = 2


class UnfinishedError(RootguardError):
    """A command that began and could not finish, or could not see all it has to."""

    exit_code: ClassVar[int] = 3
