"""The actions that support no resources, so that a policy allows them on `*` only.

From the Service Authorization Reference
(https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html).
"""

ACTIONS_WITHOUT_RESOURCES = frozenset(
    {
        "cloudformation:ActivateOrganizationsAccess",
        "cloudformation:CreateStackSet",
        "cloudformation:DeactivateOrganizationsAccess",
        "cloudformation:DescribeAccountLimits",
        "cloudformation:DescribeOrganizationsAccess",
        "cloudformation:EstimateTemplateCost",
        "cloudformation:ListExports",
        "cloudformation:ListImports",
        "cloudformation:ListStackSets",
        "cloudformation:ListStacks",
        "cloudformation:ValidateTemplate",
        "cloudtrail:DescribeTrails",
        "cloudtrail:ListTrails",
        "cloudtrail:LookupEvents",
        "config:DescribeOrganizationConformancePackStatuses",
        "config:DescribeOrganizationConformancePacks",
        "config:PutEvaluations",
        "config:PutExternalEvaluation",
        "events:ListRuleNamesByTarget",
        "events:ListRules",
        "events:TestEventPattern",
        "iam:DisableOrganizationsRootCredentialsManagement",
        "iam:DisableOrganizationsRootSessions",
        "iam:EnableOrganizationsRootCredentialsManagement",
        "iam:EnableOrganizationsRootSessions",
        "iam:GenerateCredentialReport",
        "iam:GetAccountAuthorizationDetails",
        "iam:GetAccountPasswordPolicy",
        "iam:GetAccountSummary",
        "iam:GetCredentialReport",
        "iam:ListAccountAliases",
        "iam:ListOrganizationsFeatures",
        "iam:ListPolicies",
        "iam:ListRoles",
        "iam:ListUsers",
        "iam:ListVirtualMFADevices",
        "iam:SimulateCustomPolicy",
        "lambda:ListFunctions",
        "logs:TestMetricFilter",
        "organizations:DescribeOrganization",
        "organizations:ListAWSServiceAccessForOrganization",
        "organizations:ListAccounts",
        "organizations:ListDelegatedAdministrators",
        "organizations:ListPolicies",
        "organizations:ListRoots",
        "sns:ListSubscriptions",
        "sns:ListTopics",
        "sts:GetCallerIdentity",
    }
)
"""By the name that policies give them: `config:PutEvaluations`."""
