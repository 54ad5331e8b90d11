"""What people have attested in one account, and what they still have to: read, and judged.

AWS Config keeps an answer for as long as its rule is there and never asks again, so its age is for us to see to.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from rootguard.deploy.status.model import AccountState, Attestation, Problem
from rootguard.process_check import process_check_in


def attestations_among(
    definitions: Sequence[Mapping[str, Any]],
    config: Any,  # noqa: ANN401 - a client
    checks: Sequence[str],
) -> tuple[Attestation, ...]:
    """Our process checks among an account's rules, with their answers.

    DescribeComplianceByConfigRule would not do: NOT_APPLICABLE and no answer are the same there
    (https://docs.aws.amazon.com/config/latest/APIReference/API_Compliance.html).

    Args:
        definitions: As DescribeConfigRules shows them.
        config: A client of the account, for config:GetComplianceDetailsByConfigRule.
        checks: The names of ours.

    Raises:
        ClientError: AWS refuses.
    """
    found = [(name, each["ConfigRuleName"]) for each in definitions if (name := process_check_in(each, checks))]
    return tuple(_attestation(config, check, config_name) for check, config_name in sorted(found))


def _attestation(config: Any, check: str, config_name: str) -> Attestation:  # noqa: ANN401 - a client
    """A check has one result at most: it judges nothing but the account."""
    results = config.get_compliance_details_by_config_rule(ConfigRuleName=config_name)["EvaluationResults"]
    if not results:
        return Attestation(check, config_name)
    result = results[0]
    attested = result["EvaluationResultIdentifier"]["OrderingTimestamp"]
    return Attestation(check, config_name, result["ComplianceType"], attested, result.get("Annotation", ""))


def due_in(account: AccountState, now: datetime, longest: timedelta) -> Iterator[Problem]:
    """What somebody has to attest in an account, or to attest again.

    Args:
        account: Nothing is due where nothing could be seen.
        now: The time.
        longest: How old an answer may be.
    """
    for each in account.inside.attestations if account.inside else ():
        command = f"rootguard attest {each.check} --account {account.id} --compliant --note ..."
        fix = f"verify it, then `{command}` (or --non-compliant, --not-applicable)"
        if each.attested is None:
            yield Problem(f"nobody has attested {each.check}", "", fix)
        elif now - each.attested > longest:
            reason = each.annotation or "no annotation"
            yield Problem(
                f"{each.check} was attested on {each.attested:%Y-%m-%d}, more than {longest.days} days ago", reason, fix
            )
