"""What others say, such as account names, on our screen."""


def printable(said: str) -> str:
    """The text as it is: neither rich nor the terminal may take it for an instruction."""
    return "".join(one if one.isprintable() else " " if one.isspace() else "\ufffd" for one in said)
