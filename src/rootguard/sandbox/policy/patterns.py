"""Wildcards and variables.

`*` is any text and `?` any one character; `${aws:username}` stands for the value of a condition key, `${key, 'other'}`
names a default, and `${*}`, `${?}`, `${$}` are the characters themselves
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html).
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from rootguard.sandbox.policy.request import Request

ARN_COMPONENTS = 6

_VARIABLE = re.compile(r"\$\{(?P<key>[^},]+?)\s*(?:,\s*'(?P<default>[^']*)')?\}")
_CHARACTERS = frozenset("*?$")


@lru_cache(maxsize=4096)
def _glob(pattern: str, *, ignore_case: bool = False) -> re.Pattern[str]:
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)
    return re.compile("".join(parts), re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def matches_action(pattern: str, action: str) -> bool:
    """Whether an `Action` value covers an action; neither has a case."""
    return _glob(pattern, ignore_case=True).fullmatch(action) is not None


def variables_of(source: str) -> Iterator[str]:
    """The condition keys whose values a text asks for by `${...}`."""
    keys = (found["key"].strip() for found in _VARIABLE.finditer(source))
    return (key for key in keys if key not in _CHARACTERS)


class Pattern:
    """A value of a policy with its variables filled in: literal text and wildcards, kept apart.

    Raises:
        LookupError: A variable has no value, so that the pattern matches nothing.
    """

    __slots__ = ("_parts", "text")

    def __init__(self, source: str, request: Request, *, variables: bool) -> None:
        parts: list[tuple[str, bool]] = []
        position = 0
        for found in _VARIABLE.finditer(source) if variables else ():
            parts += [(source[position : found.start()], False), (_resolved(found, request), True)]
            position = found.end()
        self._parts = (*parts, (source[position:], False))
        self.text = "".join(text for text, _ in self._parts)

    def like(self, value: str) -> bool:
        """Whether the wildcards cover the whole value."""
        return _compiled(_regex(self._parts)).fullmatch(value) is not None

    def arn_like(self, arn: str) -> bool:
        """Whether an ARN is covered, each of its six colon-separated components on its own.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
        """
        if self.text.count(":") < ARN_COMPONENTS - 1:  # `*` alone, or a pattern cut short by its last `*`
            return self.text.endswith("*") and self.like(arn)
        if arn.count(":") < ARN_COMPONENTS - 1:
            return False
        return _compiled(_regex(self._parts, by_component=True)).fullmatch(arn) is not None


@lru_cache(maxsize=4096)
def _regex(parts: tuple[tuple[str, bool], ...], *, by_component: bool = False) -> str:
    """Texts, each either literal or with wildcards, as one expression.

    By component, a wildcard crosses no colon before the last of an ARN's six components.
    """
    regex, colons = [], 0
    for text, literal in parts:
        for char in text:
            colons += char == ":"
            any_one = "[^:]" if by_component and colons < ARN_COMPONENTS - 1 else "."
            wildcard = {"*": f"{any_one}*", "?": any_one}.get(char)
            regex.append(re.escape(char) if literal or wildcard is None else wildcard)
    return "".join(regex)


@lru_cache(maxsize=4096)
def _compiled(regex: str) -> re.Pattern[str]:
    return re.compile(regex, re.DOTALL)


def _resolved(found: re.Match[str], request: Request) -> str:
    key = found["key"].strip()
    if key in _CHARACTERS:
        return key
    values = request.values(key)
    if len(values) == 1:
        return values[0]
    if found["default"] is not None:
        return found["default"]
    raise LookupError(key)
