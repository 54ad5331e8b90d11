"""AWS's own judgement of what service control policies allow: iam:SimulateCustomPolicy.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html
"""

from collections.abc import Sequence

from rootguard.kit.account import Account, Answer
from rootguard.kit.denial.request_context import RequestContext

_ALLOW_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
"""What the root user is allowed by its account, so that only the organization decides."""


def allowed_by_organization(
    account: Account, hierarchy: Sequence[Sequence[str]], context: RequestContext, actions: Sequence[str]
) -> tuple[str, ...]:
    """Which of the actions the policies allow somebody on all resources, in the order of `actions`.

    Args:
        account: Asked with its own credentials; nothing of it enters the answer.
        hierarchy: Texts of the policies of the organization's root, of each OU on the way, and of the account.
        context: Who asks.
        actions: `service:Operation`, whole; AWS refuses names that it does not know.

    Raises:
        EvidenceUnavailable: The call failed, or does not say of each action whether the organization allows it.
    """
    pages = list(
        account.pages(
            "iam:SimulateCustomPolicy",
            PolicyInputList=[_ALLOW_ALL],
            OrderedOrganizationPolicyInputList=[{"ServiceControlPolicyInputList": list(level)} for level in hierarchy],
            ActionNames=list(actions),
            ContextEntries=context.entries(),
        )
    )
    # Of each action, AWS says the same two things: what they come to is one fact.
    results = (result for page in pages for result in page.unnoted.structures("EvaluationResults"))
    decisions = dict(map(_decision, results))
    if unanswered := [action for action in actions if action not in decisions]:
        raise pages[-1].unavailable(f"the answer says nothing of {', '.join(unanswered)}")
    allowed = tuple(action for action in actions if decisions[action])
    pages[-1].observed("EvaluationResults[].AllowedByOrganizations", ", ".join(allowed) or ())
    return allowed


def _decision(result: Answer) -> tuple[str, bool]:
    detail = result.structure("OrganizationsDecisionDetail")
    return result.text("EvalActionName"), detail.flag("AllowedByOrganizations")
