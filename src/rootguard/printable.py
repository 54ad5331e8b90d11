"""What others say, such as account names, on a screen and in a report."""


def printable(said: str) -> str:
    """The text as it is, on one line: nothing in it that a terminal, rich or a viewer takes for an instruction.

    Control characters, what reorders or hides its neighbours (U+202E, U+200B) and what XML 1.0 has no place for become
    U+FFFD, white space a space.
    """
    return "".join(one if one.isprintable() else " " if one.isspace() else "\ufffd" for one in said)
