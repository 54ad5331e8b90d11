"""The parts of README.md that repeat something: the rules, and what only a live account can settle."""

import textwrap
from collections.abc import Sequence

from rootguard.derive.errors import DerivationError
from rootguard.doctor.assumptions import ASSUMPTIONS
from rootguard.practices import PRACTICES
from rootguard.process_check import ConfigRule
from rootguard.rulebook.markdown import escaped, table

_WIDTH = 120


def readme(text: str, rules: Sequence[ConfigRule]) -> str:
    """The README with its tables of rules and practices and its list of assumptions as they are.

    Raises:
        DerivationError: Marks are missing.
    """
    parts = {"rules": rule_table(rules), "practices": practice_table(rules), "assumptions": assumption_list()}
    for part, content in parts.items():
        text = replaced(text, part, content, "README.md")
    return text


def marks(part: str) -> tuple[str, str]:
    """What stands before and after a part."""
    return f"<!-- {part}: derived by `rootguard derive` -->", f"<!-- end of {part} -->"


def replaced(text: str, part: str, content: str, file: str) -> str:
    """A Markdown text with what stands between a part's marks replaced.

    Args:
        text: The file as it is.
        part: The part's name.
        content: Whole lines.
        file: The file's name, for the error.

    Raises:
        DerivationError: Marks are missing.
    """
    begin, end = marks(part)
    before, found, rest = text.partition(begin)
    _, ended, after = rest.partition(end)
    if not found or not ended:
        raise DerivationError(f"{file} lacks the marks {begin} and {end}")
    return f"{before}{begin}\n{content}{end}{after}"


def rule_table(rules: Sequence[ConfigRule]) -> str:
    """A Markdown table of the rules, each with a link to its page."""
    return table(("rule", "what must hold", "severity", "practice", "CIS AWS Foundations"), map(_cells, rules))


def practice_table(rules: Sequence[ConfigRule]) -> str:
    """A Markdown table of the practices with the rules that put them to the test."""
    rows = (
        (str(number), escaped(practice), ", ".join(_link(rule) for rule in rules if rule.practice == number))
        for number, practice in PRACTICES.items()
    )
    return table(("", "practice", "rules"), rows)


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


def _cells(rule: ConfigRule) -> tuple[str, ...]:
    return _link(rule), escaped(rule.title), rule.severity, str(rule.practice), _cis(rule)


def _link(rule: ConfigRule) -> str:
    return f"[`{rule.name}`](docs/rules/{rule.name}.md)"


def _cis(rule: ConfigRule) -> str:
    return ", ".join(f"{number} ({version})" for version, number in list(rule.controls.cis.items())[-2:])
