"""What the deployment is called in AWS: the one place that names stacks, StackSet, pack and templates."""

ARTIFACTS_STACK = "rootguard-artifacts"
RULES_STACK = "rootguard-rules"
ORGANIZATION_STACK = "rootguard-organization"
SECURITY_HUB_STACK = "rootguard-security-hub"

ARTIFACTS_TEMPLATE = "artifacts.yaml"
RULES_TEMPLATE = "rules.yaml"
SIGNED_RULES_TEMPLATE = "signed-rules.yaml"
ORGANIZATION_TEMPLATE = "organization.yaml"
SECURITY_HUB_TEMPLATE = "security-hub.yaml"
PACK_TEMPLATE = "conformance-pack.yaml"

STACK_SET = "rootguard-rules"
PACK = "rootguard"

CHANGE_SET_PREFIX = "rootguard-"
"""Of our own change sets, by which a later run knows those that an earlier one has left."""

DEFAULT_ROLE = "OrganizationAccountAccessRole"
"""What AWS Organizations puts into the accounts that it makes, for the management account to assume.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_access-cross-account-role.html
"""
