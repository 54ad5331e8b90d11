"""What a filter pattern says, as values. `str()` of each is a pattern that parses back to it.

The three kinds of patterns are those of
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html: terms, JSON, space-delimited.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum


class InvalidFilterPatternError(ValueError):
    """A pattern that CloudWatch Logs refuses; the text says why."""


class Operator(StrEnum):
    """How a value is compared."""

    EQUAL = "="
    NOT_EQUAL = "!="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="


EQUALITY = (Operator.EQUAL, Operator.NOT_EQUAL)


class Constant(StrEnum):
    """What `IS` may ask for."""

    NULL = "NULL"
    TRUE = "TRUE"
    FALSE = "FALSE"


@dataclass(frozen=True, slots=True)
class Text:
    """A string to compare with; every `*` in it is a wildcard."""

    text: str

    def __str__(self) -> str:
        return quoted(self.text)


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number to compare with, as it was written, without quotes."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression in CloudWatch Logs' subset, without its percent signs."""

    source: str

    def __str__(self) -> str:
        return f"%{self.source}%"


type Value = Text | Numeral | Regex


@dataclass(frozen=True, slots=True)
class Property:
    """Step into an object: `.name`, or `.['name']` where it has other characters than letters, digits, - and _."""

    name: str
    bracketed: bool = False

    def __str__(self) -> str:
        return f".['{self.name}']" if self.bracketed else f".{self.name}"


@dataclass(frozen=True, slots=True)
class Element:
    """Step into an array: `[0]`."""

    index: int

    def __str__(self) -> str:
        return f"[{self.index}]"


class Every(Enum):
    """The wildcard steps: any field of an object, any element of an array."""

    FIELD = ".*"
    ELEMENT = "[*]"

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True, slots=True)
class Selector:
    """Where in a JSON log event: `$.userIdentity.type`."""

    steps: tuple[Property | Element | Every, ...]

    def __str__(self) -> str:
        return "$" + "".join(map(str, self.steps))

    @property
    def wildcards(self) -> int:
        """How many of the steps are wildcards."""
        return sum(isinstance(step, Every) for step in self.steps)


@dataclass(frozen=True, slots=True)
class Comparison[Subject]:
    """`$.latency > 50` in a JSON pattern, `status = 4*` in a space-delimited one."""

    subject: Subject
    operator: Operator
    value: Value

    def __str__(self) -> str:
        return f"{self.subject} {self.operator} {self.value}"


@dataclass(frozen=True, slots=True)
class Is:
    """`$.flag IS TRUE`."""

    subject: Selector
    constant: Constant

    def __str__(self) -> str:
        return f"{self.subject} IS {self.constant}"


@dataclass(frozen=True, slots=True)
class NotExists:
    """`$.field NOT EXISTS`."""

    subject: Selector

    def __str__(self) -> str:
        return f"{self.subject} NOT EXISTS"


@dataclass(frozen=True, slots=True)
class And[Leaf]:
    """All operands hold; there are at least two."""

    operands: tuple["Leaf | And[Leaf] | Or[Leaf]", ...]

    def __str__(self) -> str:
        return " && ".join(f"({each})" if isinstance(each, And | Or) else str(each) for each in self.operands)


@dataclass(frozen=True, slots=True)
class Or[Leaf]:
    """At least one operand holds; there are at least two."""

    operands: tuple["Leaf | And[Leaf] | Or[Leaf]", ...]

    def __str__(self) -> str:
        return " || ".join(f"({each})" if isinstance(each, Or) else str(each) for each in self.operands)


type Expression[Leaf] = Leaf | And[Leaf] | Or[Leaf]
type JsonCondition = Comparison[Selector] | Is | NotExists
type FieldCondition = Comparison[str]


@dataclass(frozen=True, slots=True)
class JsonPattern:
    """`{ $.eventType = "UpdateTrail" }`."""

    condition: Expression[JsonCondition]

    def __str__(self) -> str:
        return f"{{ {self.condition} }}"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a space-delimited log event: named or not, with a condition on it or not."""

    name: str | None = None
    condition: Expression[FieldCondition] | None = None

    def __str__(self) -> str:
        return str(self.condition or self.name or "")


class Ellipsis_(Enum):  # noqa: N801 - Ellipsis is a builtin
    """`...` in a space-delimited pattern: any number of fields."""

    FIELDS = "..."

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True, slots=True)
class DelimitedPattern:
    """`[ip, user, ..., status_code = 4*, bytes]`."""

    fields: tuple[Field | Ellipsis_, ...]

    def __str__(self) -> str:
        return f"[{', '.join(map(str, self.fields))}]"


@dataclass(frozen=True, slots=True)
class Terms:
    """`ERROR -Exiting`, or `?ERROR ?WARN`. Without any term it matches everything."""

    included: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    def __str__(self) -> str:
        signed = (("", self.included), ("-", self.excluded), ("?", self.optional))
        return " ".join(f"{sign}{quoted(term)}" for sign, terms in signed for term in terms)


type FilterPattern = JsonPattern | DelimitedPattern | Terms | Regex


def quoted(text: str) -> str:
    """A string between double quotation marks, as a pattern holds it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
