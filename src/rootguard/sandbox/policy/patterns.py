"""Wildcards and variables.

`*` is any text and `?` any one character; `${aws:username}` stands for the value of a condition key, `${key, 'other'}`
names a default, and `${*}`, `${?}`, `${$}` are the characters themselves
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html).
"""

import re
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


class Pattern:
    """A value of a policy with its variables filled in: literal text and wildcards, kept apart.

    Raises:
        LookupError: A variable has no value, so that the pattern matches nothing.
    """

    __slots__ = ("_regex", "text")

    def __init__(self, source: str, request: Request, *, variables: bool) -> None:
        literal: list[str] = []
        regex: list[str] = []
        position = 0
        for found in _VARIABLE.finditer(source) if variables else ():
            value = _resolved(found, request)
            literal += [source[position : found.start()], value]
            regex += [_glob(source[position : found.start()]).pattern, re.escape(value)]
            position = found.end()
        self.text = "".join([*literal, source[position:]])
        self._regex = "".join([*regex, _glob(source[position:]).pattern])

    def like(self, value: str) -> bool:
        """Whether the wildcards cover the whole value."""
        return _compiled(self._regex).fullmatch(value) is not None


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


def arn_like(pattern: str, arn: str) -> bool:
    """Whether an ARN pattern covers an ARN, each of the six colon-separated components on its own.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
    """
    wanted, given = pattern.split(":", ARN_COMPONENTS - 1), arn.split(":", ARN_COMPONENTS - 1)
    if len(wanted) < ARN_COMPONENTS:  # `*` alone, or a pattern cut short by its last `*`
        return pattern.endswith("*") and _glob(pattern).fullmatch(arn) is not None
    if len(given) < ARN_COMPONENTS:
        return False
    return all(_glob(part).fullmatch(value) is not None for part, value in zip(wanted, given, strict=True))
