"""The parts of README.md that repeat something: the rules, and what only a live account can settle."""

import textwrap
from collections.abc import Sequence

from rootguard.derive.errors import DerivationError
from rootguard.doctor.assumptions import ASSUMPTIONS
from rootguard.kit.rule import AnyRule

_WIDTH = 120


def readme(text: str, rules: Sequence[AnyRule]) -> str:
    """The README with its table of rules and its list of assumptions as they are.

    Raises:
        DerivationError: Marks are missing.
    """
    return _replaced(_replaced(text, "rules", rule_table(rules)), "assumptions", assumption_list())


def marks(part: str) -> tuple[str, str]:
    """What stands before and after a part."""
    return f"<!-- {part}: derived by `rootguard derive` -->", f"<!-- end of {part} -->"


def rule_table(rules: Sequence[AnyRule]) -> str:
    """A Markdown table of the rules."""
    rows = "".join(f"| {' | '.join(_cells(rule))} |\n" for rule in rules)
    return f"| rule | what must hold | severity | practice | CIS AWS Foundations |\n|---|---|---|---|---|\n{rows}"


def assumption_list() -> str:
    """A Markdown list of what `rootguard doctor` examines at its end."""
    items = (
        textwrap.fill(
            f"- {each.text}{'' if each.probe is None else ' — the doctor probes it'}",
            _WIDTH,
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for each in ASSUMPTIONS
    )
    return "\n" + "\n".join(items) + "\n\n"


def _replaced(text: str, part: str, content: str) -> str:
    begin, end = marks(part)
    before, found, rest = text.partition(begin)
    _, ended, after = rest.partition(end)
    if not found or not ended:
        raise DerivationError(f"README.md lacks the marks {begin} and {end}")
    return f"{before}{begin}\n{content}{end}{after}"


def _cells(rule: AnyRule) -> tuple[str, ...]:
    return f"`{rule.name}`", _cell(rule.title), str(rule.severity), str(rule.practice), _cis(rule)


def _cell(text: str) -> str:
    """A text that stays within its cell (https://github.github.com/gfm/#tables-extension-)."""
    return text.replace("|", "\\|")


def _cis(rule: AnyRule) -> str:
    return ", ".join(f"{number} ({version})" for version, number in list(rule.controls.cis.items())[-2:])
