"""The facts behind a verdict as a finding tells them: in a sentence for people, in a product field for programs."""

import json
import re
from collections.abc import Iterable

from rootguard.kit.facts import Fact, timestamp
from rootguard.kit.verdict import shortened

LONGEST_DESCRIPTION = 1024
LONGEST_PRODUCT_FIELD = 2048
"""Characters (API model securityhub, AwsSecurityFinding)."""

_VALUE_LENGTH = 80
_WORD = re.compile(r"[a-z]+('s)?\s")
"""What a sentence may begin with in upper case, unlike `iam:GetAccountSummary`."""
_ROOM_FOR_REST = len(" and 999 more facts")


def described(reason: str, facts: Iterable[Fact], account_id: str) -> str:
    """The reason as a sentence, and as many facts after it as a description has room for, grouped by call."""
    text = _sentence(reason)
    told, call, rest = 0, "", tuple(facts)
    for fact in rest:
        place = "" if fact.account_id == account_id else f"account {fact.account_id}, "
        this_call = f"{fact.action} ({place}{fact.region}, {timestamp(fact.answered)})"
        lead = ", " if this_call == call else f"{'; ' if call else ' Evidence: '}{this_call}: "
        piece = f"{lead}{fact.member} = {shortened(fact.text, _VALUE_LENGTH)}"
        if len(text) + len(piece) > LONGEST_DESCRIPTION - _ROOM_FOR_REST:
            break
        text, call, told = text + piece, this_call, told + 1
    left = len(rest) - told
    return f"{text} and {left} more facts" if told and left else text


def evidence_field(facts: Iterable[Fact]) -> dict[str, str]:
    """The facts as a JSON list, the first ones that a product field has room for; no field where there are none."""
    items, length = list[str](), len("[]")
    for fact in facts:
        item = json.dumps(
            {
                "action": fact.action,
                "account": fact.account_id,
                "region": fact.region,
                "member": fact.member,
                "value": shortened(fact.text, _VALUE_LENGTH),
                "time": timestamp(fact.answered),
            }
        )
        length += len(item) + len(", ")
        if length > LONGEST_PRODUCT_FIELD:
            break
        items.append(item)
    return {"Evidence": f"[{', '.join(items)}]"} if items else {}


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}." if _WORD.match(text) else f"{text}."
