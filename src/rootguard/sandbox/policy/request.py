"""What a policy is asked about: an action on a resource, by a principal, in a context."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Self

from rootguard.sandbox.policy.principal import Principal

type Context = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Request:
    """One request as a policy sees it.

    Attributes:
        action: `service:Operation`, in any case.
        resource: The ARN acted upon; `*` for an action that knows no resources; None where it is not known.
        context: Condition keys in lower case, each with its values. A key that is not in it is absent.
        principal: Who asks; only resource-based policies look at it.
        lists: The keys, in lower case, that are known to take several values, even where they have one.

    The request context is described at
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-reqcontext.html
    """

    action: str
    resource: str | None = "*"
    context: Context = field(default_factory=lambda: MappingProxyType({}))
    principal: Principal | None = None
    lists: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        action: str,
        resource: str | None = "*",
        context: Mapping[str, str | Iterable[str] | None] | None = None,
        principal: Principal | None = None,
    ) -> Self:
        """A request whose context may be written plainly: keys in any case, one value or several, None for absent."""
        return cls(action, resource, MappingProxyType(dict(_folded(context or {}))), principal)

    def values(self, key: str) -> tuple[str, ...]:
        """The values of a condition key, none if it is absent; key names have no case."""
        return self.context.get(key.lower(), ())

    def is_list(self, key: str) -> bool:
        """Whether a condition key takes several values; unknown of most, which then count as single-valued."""
        return key.lower() in self.lists


def _folded(context: Mapping[str, str | Iterable[str] | None]) -> Iterable[tuple[str, tuple[str, ...]]]:
    for key, value in context.items():
        if value is not None:
            yield key.lower(), (value,) if isinstance(value, str) else tuple(value)
