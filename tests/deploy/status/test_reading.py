"""What `status` finds out of an organization in which a deployment is unfinished, or that has changed since."""

from typing import Any

import pytest
from tests.patience import LONGEST_WAIT

from rootguard.deploy import names
from rootguard.deploy.coverage import OUTSIDE
from rootguard.deploy.names import DEFAULT_ROLE
from rootguard.deploy.status.judgement import problems_of_stacks
from rootguard.deploy.status.reading import look
from rootguard.errors import RootguardError
from rootguard.sandbox import background

PARAMETERS = ("OrganizationalUnitIds", "ExcludedAccounts", "FunctionPrefix")
TEMPLATE = (
    f"Parameters: {{{', '.join(f'{name}: {{Type: String}}' for name in PARAMETERS)}}}\n"
    "Resources: {Topic: {Type: 'AWS::SNS::Topic'}}"
)


@pytest.fixture
def organization(world: Any) -> Any:
    return world.organization()


def make(organization: Any, name: str, **values: str) -> None:
    organization.client("cloudformation").create_stack(
        StackName=name,
        TemplateBody=TEMPLATE,
        Parameters=[{"ParameterKey": key, "ParameterValue": values.get(key, "")} for key in PARAMETERS],
    )
    background.idle(LONGEST_WAIT)


def test_an_unfinished_deployment_is_told_from_none(world: Any, organization: Any) -> None:
    session = world.session(organization.management_id)
    with pytest.raises(RootguardError, match="in us-east-1, which has no stack rootguard-organization: run"):
        look(session, None, DEFAULT_ROLE)
    make(organization, names.RULES_STACK)
    begun = (
        r"which has rootguard-rules \(CREATE_COMPLETE\), but has no stack rootguard-organization: run `rootguard dep"
    )
    with pytest.raises(RootguardError, match=begun):
        look(session, None, DEFAULT_ROLE)


def test_a_chosen_unit_that_is_no_more_hides_nothing_else(world: Any, organization: Any) -> None:
    unit = organization.unit("prod")
    inside, outside = organization.member(unit), organization.member()
    make(organization, names.ORGANIZATION_STACK, OrganizationalUnitIds=f"ou-aaaa-11111111,{unit}")
    seen = look(world.session(organization.management_id), None, DEFAULT_ROLE)
    assert {account.id: account.left_out for account in seen.accounts} == {
        organization.management_id: "",
        inside: "",
        outside: OUTSIDE,
    }
    (problem,) = problems_of_stacks(seen.deployment)
    assert problem.line() == (
        "the organizational unit ou-aaaa-11111111, which was chosen, is no more -> run `rootguard deploy` with every "
        "--organizational-unit that there is to be"
    )
