"""The parts that the pages of rules and of process checks have in common."""

import inspect
from collections.abc import Iterable, Mapping
from itertools import groupby
from types import ModuleType

from rootguard.kit.remediation import Remediation
from rootguard.kit.rule import Control, Controls
from rootguard.practices import PRACTICES
from rootguard.rulebook.markdown import bullets, code_block, escaped, steps, table


def assembled(name: str, head: str, sections: Mapping[str, Iterable[str]]) -> str:
    """A page: the name, what stands below it, and sections of blocks; empty blocks and sections are left out."""
    blocks = [f"# {name}", head]
    for title, section in sections.items():
        if content := [block for block in section if block]:
            blocks += [f"## {title}", *content]
    return "".join(f"{block.rstrip()}\n\n" for block in blocks).rstrip() + "\n"


def head(title: str, severity: str, practice: int, kind: str) -> str:
    """What must hold, and the facts in short."""
    facts = (f"Severity: {severity}", f"Practice {practice}: {escaped(PRACTICES[practice])}", f"Kind: {escaped(kind)}")
    return f"**{escaped(title)}**\n\n{bullets(facts)}"


def prose(module: ModuleType) -> tuple[str, ...]:
    """The paragraphs of a module's docstring, which is Markdown: first why it matters, then how it is decided."""
    return tuple(inspect.cleandoc(module.__doc__ or "").split("\n\n"))


def fixes(remediation: Remediation) -> tuple[str, ...]:
    """The ways to become compliant."""
    return (
        escaped(remediation.text),
        "In the console:",
        steps(map(escaped, remediation.console)),
        "With the aws CLI; what is in capitals is yours to fill in:",
        code_block(remediation.commands),
        f"In the whole organization: {escaped(remediation.organization)}",
    )


def control_table(controls: Controls) -> str:
    """The controls, a line for each version of each framework."""
    rows = ((framework, version, ", ".join(ids)) for (framework, version), ids in by_version(controls).items())
    return table(("framework", "version", "controls"), (map(escaped, row) for row in rows)) if any(controls) else ""


def by_version(controls: Iterable[Control]) -> dict[tuple[str, str], tuple[str, ...]]:
    """The ids of controls by framework and version."""
    groups = groupby(controls, key=lambda control: (control.framework, control.version))
    return {version: tuple(control.id for control in found) for version, found in groups}
