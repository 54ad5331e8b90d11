"""How tables go where they are shown: as wide as they like in a file, as lines on a terminal that is too narrow."""

from rich.console import Console
from rich.table import Table

_NARROW = 80
"""Columns below which a table is harder to read than lines."""
_OF_FILES = 1000
"""Columns of a file, which has no width of its own: what is one row there can be searched for."""


def is_narrow(console: Console) -> bool:
    """Whether to do without a table."""
    return console.is_terminal and console.width < _NARROW


def print_table(console: Console, table: Table) -> None:
    """Fold cells for a terminal only."""
    shown = console if console.is_terminal else Console(file=console.file, width=_OF_FILES)
    shown.print(table)
