"""The page of anything in the catalogue."""

from rootguard.process_check import ConfigRule, ProcessCheck
from rootguard.rulebook.process_check_page import process_check_page
from rootguard.rulebook.rule_page import rule_page


def page(rule: ConfigRule) -> str:
    """The Markdown of a page.

    Raises:
        UnknownActionError: See `rootguard.permissions.grants`.
    """
    return process_check_page(rule) if isinstance(rule, ProcessCheck) else rule_page(rule)
