"""What an event pattern may ask of one value of an event.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from dataclasses import dataclass
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Protocol

from rootguard.sandbox.json_text import Number
from rootguard.sandbox.wildcards import fits

EXACT_LIMIT = 2**53
"""Integers beyond it have no exact double; EventBridge does not take them for numbers."""

type Leaf = str | bool | Number | None


class Matcher(Protocol):
    """One of the alternatives that a pattern lists for a field."""

    def accepts(self, value: Leaf) -> bool:
        """Whether the value, which is there, is what was asked for."""


@dataclass(frozen=True, slots=True)
class Equals:
    """The very value: strings character by character, numbers by their spelling, so that 300 is not 300.0."""

    value: Leaf

    def accepts(self, value: Leaf) -> bool:
        """Compare, keeping true and 1 apart."""
        return type(value) is type(self.value) and value == self.value


@dataclass(frozen=True, slots=True)
class EqualsIgnoreCase:
    """`{"equals-ignore-case": "alice"}`."""

    text: str

    def accepts(self, value: Leaf) -> bool:
        """Compare strings, case aside."""
        return isinstance(value, str) and value.lower() == self.text.lower()


@dataclass(frozen=True, slots=True)
class Prefix:
    """`{"prefix": "us-"}`."""

    text: str
    ignore_case: bool = False

    def accepts(self, value: Leaf) -> bool:
        """Look at how a string begins."""
        if not isinstance(value, str):
            return False
        return value.lower().startswith(self.text.lower()) if self.ignore_case else value.startswith(self.text)


@dataclass(frozen=True, slots=True)
class Suffix:
    """`{"suffix": ".png"}`."""

    text: str
    ignore_case: bool = False

    def accepts(self, value: Leaf) -> bool:
        """Look at how a string ends."""
        if not isinstance(value, str):
            return False
        return value.lower().endswith(self.text.lower()) if self.ignore_case else value.endswith(self.text)


@dataclass(frozen=True, slots=True)
class Wildcard:
    """`{"wildcard": "dir/*.png"}`, cut at its asterisks."""

    parts: tuple[str, ...]

    def accepts(self, value: Leaf) -> bool:
        """Fit a string between the parts."""
        return isinstance(value, str) and fits(self.parts, value)


@dataclass(frozen=True, slots=True)
class Bound:
    """One end of a numeric range."""

    value: Decimal
    inclusive: bool


@dataclass(frozen=True, slots=True)
class Numeric:
    """`{"numeric": [">", 0, "<=", 5]}`; `=` is a range of one number."""

    least: Bound | None
    most: Bound | None

    def accepts(self, value: Leaf) -> bool:
        """Compare as doubles; a number too large for one is none."""
        number = value.value if isinstance(value, Number) else None
        if number is None or abs(number) > EXACT_LIMIT:
            return False
        return self._above(float(number)) and self._below(float(number))

    def _above(self, number: float) -> bool:
        if self.least is None:
            return True
        least = float(self.least.value)
        return number > least or (self.least.inclusive and number == least)

    def _below(self, number: float) -> bool:
        if self.most is None:
            return True
        most = float(self.most.value)
        return number < most or (self.most.inclusive and number == most)


@dataclass(frozen=True, slots=True)
class Cidr:
    """`{"cidr": "10.0.0.0/24"}`, IPv4 or IPv6."""

    network: IPv4Network | IPv6Network

    def accepts(self, value: Leaf) -> bool:
        """Look whether a string is an address of the network."""
        if not isinstance(value, str):
            return False
        try:
            return ip_address(value) in self.network
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class AnythingBut:
    """`{"anything-but": ...}`: a value that is there and that none of the matchers accepts."""

    matchers: tuple[Matcher, ...]

    def accepts(self, value: Leaf) -> bool:
        """Look that it is none of them."""
        return not any(matcher.accepts(value) for matcher in self.matchers)


@dataclass(frozen=True, slots=True)
class Exists:
    """`{"exists": true}`; false is answered without a value, where matching meets a field that is not there."""

    wanted: bool

    def accepts(self, value: Leaf) -> bool:
        """A value that can be looked at exists."""
        del value
        return self.wanted
