"""`docs/rules/<name>.md`: a rule's page, as a file."""

from rootguard.process_check import ConfigRule
from rootguard.rulebook.page import page


def page_file(rule: ConfigRule) -> str:
    """The text of a page's file."""
    source = f"rules/{rule.name}/{rule.module}.py"
    return f"<!-- Derived from {source} by `rootguard derive`; edit that. -->\n\n{page(rule)}"
