"""How far the accounts are, as AWS's own lists of them say, and what another deployment at the same time does."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console
from tests.patience import LONGEST_WAIT

from rootguard.deploy.accounts import PackProgress
from rootguard.deploy.execution import Execution, Wanted
from rootguard.deploy.pace import Pace
from rootguard.deploy.screen import Screen
from rootguard.deploy.template import Template
from rootguard.errors import UnfinishedError
from rootguard.sandbox import background

PACK = """
Resources:
  Keys:
    Type: AWS::Config::ConfigRule
    Properties: {{ConfigRuleName: {name}, Source: {{Owner: AWS, SourceIdentifier: IAM_ROOT_ACCESS_KEY_CHECK}}}}
"""
TOPIC = Template("topic.yaml", "Resources: {Topic: {Type: 'AWS::SNS::Topic'}}", {})
PACE = Pace(first=0.05, longest=0.2)


@pytest.fixture(scope="module")
def organization(world: Any) -> Any:
    organization = world.organization()
    organization.members = [organization.member(), organization.member()]
    return organization


def put(organization: Any, rule: str, excluded: tuple[str, ...] = ()) -> None:
    organization.client("config").put_organization_conformance_pack(
        OrganizationConformancePackName="other", TemplateBody=PACK.format(name=rule), ExcludedAccounts=list(excluded)
    )
    background.idle(LONGEST_WAIT)


def test_the_pack_of_before_is_no_progress(world: Any, organization: Any) -> None:
    """Otherwise an update of the functions would say that the pack is done before it has begun."""
    session, (first, second) = world.session(organization.management_id), organization.members
    making = PackProgress(session, "other")
    assert making.tallies() == []
    put(organization, "one")
    assert [(tally.done, tally.total) for tally in making.tallies()] == [(3, 3)]

    updating = PackProgress(session, "other")
    assert updating.tallies() == []
    put(organization, "two", excluded=(second,))
    (tally,) = updating.tallies()
    assert tally.states == {
        organization.management_id: "UPDATE_SUCCESSFUL",
        first: "UPDATE_SUCCESSFUL",
        second: "GONE",
    }

    removing = PackProgress(session, "other")
    organization.client("config").delete_organization_conformance_pack(OrganizationConformancePackName="other")
    background.idle(LONGEST_WAIT)
    assert [(tally.done, tally.total) for tally in removing.tallies()] == [(2, 2)]


class Rival(Screen):
    """Agrees when somebody else has already thrown the change set away."""

    def __init__(self, client: Any, stack_name: str) -> None:
        super().__init__(console=Console(file=StringIO()))
        self._client, self._stack_name = client, stack_name

    def agree(self, question: str) -> bool:
        assert question
        for each in self._client.list_change_sets(StackName=self._stack_name)["Summaries"]:
            self._client.delete_change_set(ChangeSetName=each["ChangeSetId"], StackName=self._stack_name)
        return True


def test_of_two_deployments_at_once_the_slower_one_is_told_to_run_again(world: Any, organization: Any) -> None:
    session = world.session(organization.management_id)
    screen = Rival(session.client("cloudformation"), "ours")
    with pytest.raises(
        UnfinishedError, match=r"^ours has just been changed by somebody else, .*: once that is over, run this again \("
    ):
        Execution(session, screen, PACE).deploy(Wanted("ours", TOPIC))
