"""Which accounts record, seen from the account that deploys, and what is said of those that do not."""

from typing import Any

import pytest

from rootguard.deploy.members import NotSeen
from rootguard.deploy.recorders import Recorder, recorders, silence, silent


@pytest.fixture(scope="module")
def organization(world: Any) -> Any:
    return world.organization()


def test_every_account_is_looked_into(world: Any, organization: Any) -> None:
    on, stopped, missing = organization.member(), organization.member(), organization.member(recording=False)
    organization.client("config", stopped).stop_configuration_recorder(ConfigurationRecorderName="default")
    session = world.session(organization.management_id)
    found = recorders(session, [missing, on, stopped, organization.management_id])
    assert list(found.items()) == [
        (missing, Recorder.MISSING),
        (on, Recorder.ON),
        (stopped, Recorder.STOPPED),
        (organization.management_id, Recorder.ON),
    ]
    assert silent(found) == {missing: Recorder.MISSING, stopped: Recorder.STOPPED}


def test_an_account_that_cannot_be_seen_is_neither(world: Any, organization: Any) -> None:
    member = organization.member()
    found = recorders(world.session(organization.management_id), [member], "nobody")
    unseen = found[member]
    assert isinstance(unseen, NotSeen)
    assert "grant it sts:AssumeRole" in unseen.reason
    assert silent(found) == {}


def test_both_ways_out_are_said_and_no_earlier_exclusion_is_lost() -> None:
    assert silence(["222222222222", "333333333333"], "eu-central-1", ["111111111111"]) == (
        "AWS Config does not record in eu-central-1 in 2 accounts and takes no conformance pack there "
        "(222222222222, 333333333333): turn the recorder on in each, or leave them out by --exclude 111111111111 "
        "--exclude 222222222222 --exclude 333333333333"
    )
