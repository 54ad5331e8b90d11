"""Which condition keys a policy asks for: in its conditions, and in the variables of its values and resources.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForCustomPolicy.html
"""

from collections.abc import Iterator

from rootguard.sandbox.policy.document import Document
from rootguard.sandbox.policy.patterns import variables_of


def context_keys(document: Document) -> Iterator[str]:
    """Every key that the policy names, as often as it does and spelt as it spells it."""
    for statement in document.statements:
        for condition in statement.conditions:
            yield condition.key
            for value in condition.values if document.variables else ():
                yield from variables_of(value)
        if statement.resources is not None and document.variables:
            for resource in statement.resources.values:
                yield from variables_of(resource)
