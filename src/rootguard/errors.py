"""What a person at the terminal is told in one line."""


class RootguardError(Exception):
    """Something that the user can mend: one line that says what is wrong and how to put it right.

    Commands end with exit code 2 on it, and never with a traceback.
    """
