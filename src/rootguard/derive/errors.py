"""What keeps a file from being derived."""

from rootguard.errors import RootguardError


class DerivationError(RootguardError):
    """What the rules say breaks a limit of AWS, or a file lacks the marks between which it is derived."""
