"""The part of README.md that repeats the rules: the table between two marks."""

from collections.abc import Sequence

from rootguard.derive.errors import DerivationError
from rootguard.kit.rule import AnyRule

BEGIN = "<!-- rules: derived by `rootguard derive` -->"
END = "<!-- end of rules -->"


def readme(text: str, rules: Sequence[AnyRule]) -> str:
    """The README with its table of rules as they are.

    Raises:
        DerivationError: The marks are missing.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise DerivationError(f"README.md lacks the marks {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{rule_table(rules)}{END}{after}"


def rule_table(rules: Sequence[AnyRule]) -> str:
    """A Markdown table of the rules."""
    rows = "".join(f"| {' | '.join(_cells(rule))} |\n" for rule in rules)
    return f"| rule | what must hold | severity | practice | CIS AWS Foundations |\n|---|---|---|---|---|\n{rows}"


def _cells(rule: AnyRule) -> tuple[str, ...]:
    return f"`{rule.name}`", _cell(rule.title), str(rule.severity), str(rule.practice), _cis(rule)


def _cell(text: str) -> str:
    """A text that stays within its cell (https://github.github.com/gfm/#tables-extension-)."""
    return text.replace("|", "\\|")


def _cis(rule: AnyRule) -> str:
    return ", ".join(f"{number} ({version})" for version, number in list(rule.controls.cis.items())[-2:])
