"""`rootguard rules`: the list, or the page of one."""

import json
from collections.abc import Sequence

import typer
from rich.console import Console

from rootguard.catalog import named
from rootguard.process_check import ConfigRule
from rootguard.rulebook.listing import as_document, entry, show_list


def run(rules: Sequence[ConfigRule], name: str | None, *, as_json: bool) -> None:
    """Print the list, or all about the rule of that name.

    Raises:
        RootguardError: There is no such rule.
    """
    if as_json:
        document = as_document(rules) if name is None else entry(named(rules, name))
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    elif name is None:
        show_list(Console(), rules)
    else:
        from rootguard.rulebook.page import page  # noqa: PLC0415 - takes time to import, and the list does without

        show_page(Console(), page(named(rules, name)))


def show_page(console: Console, text: str) -> None:
    """Print a page: rendered for people; as it is for programs, which may know Markdown."""
    if console.is_terminal:
        from rich.markdown import Markdown  # noqa: PLC0415 - takes time to import, and the list does without

        console.print(Markdown(text))
    else:
        typer.echo(text, nl=False)
