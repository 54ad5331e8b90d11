"""What intrinsic functions name in their arguments."""

import re
from typing import Any

from rootguard.sandbox.template.text import TemplateError

SUBSTITUTION = re.compile(r"\$\{(!?)([^{}]+)\}")
"""What Fn::Sub replaces: "!" if it stays as text, and the name."""


def attribute_reference(argument: Any) -> tuple[str, str]:
    """The logical id and the attribute that Fn::GetAtt names.

    Raises:
        TemplateError: It names something else.
    """
    match argument:
        case [str(logical_id), str(attribute)]:
            return logical_id, attribute
        case str(text) if "." in text:
            logical_id, _, attribute = text.partition(".")
            return logical_id, attribute
    raise misused("Fn::GetAtt", argument)


def substituted(argument: Any) -> set[str]:
    """The names that Fn::Sub looks up, those aside that it defines itself.

    Raises:
        TemplateError: It is neither text nor text and variables.
    """
    match argument:
        case str(text):
            own = set()
        case [str(text), dict(given)]:
            own = set(given)
        case _:
            raise misused("Fn::Sub", argument)
    return {name.strip() for literal, name in SUBSTITUTION.findall(text) if not literal} - own


def misused(name: str, argument: Any) -> TemplateError:
    """The refusal of arguments that do not fit."""
    return TemplateError(f"Template error: {name} does not take {argument}.")
