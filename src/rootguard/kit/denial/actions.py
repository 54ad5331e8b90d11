"""The actions that are asked about: a sample over the services, each group for the reason that the file gives.

Left out is what no service control policy restricts: root's registration for the Enterprise support plan, trusted
signers of CloudFront, reverse DNS of Lightsail and EC2, and services outside of the AWS API
(https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html#not-restricted-by-scp);
and what nothing denies, sts:GetCallerIdentity
(https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html).
"""

import json
from pathlib import Path

_FILE = Path(__file__).with_name("actions.json")


def sampled_actions(allowed: str = "") -> tuple[str, ...]:
    """The actions to ask about, sorted.

    Args:
        allowed: Actions that root may keep, separated by commas, in any case: they are not asked about.
    """
    kept = {action.strip().lower() for action in allowed.split(",")}
    groups = json.loads(_FILE.read_text("utf-8"))
    return tuple(sorted(action for group in groups for action in group["actions"] if action.lower() not in kept))
