"""Which of several ways is told of: the one that holds furthest."""

from itertools import pairwise

import pytest

from rootguard.kit.alerting.chain import NAME_LENGTH, Chain, Link, best, name
from rootguard.kit.errors import EvidenceUnavailable

OTHERWISE = Chain(Link.NOTHING, "no way at all")
UNSEEN = EvidenceUnavailable("logs:DescribeMetricFilters", "111122223333", "us-east-1", "no", "AccessDenied")


@pytest.mark.parametrize(("nearer", "further"), list(pairwise(Link)), ids=str)
def test_the_chain_that_breaks_later_is_told_of(nearer: Link, further: Link) -> None:
    chains = [Chain(nearer, "a"), Chain(further, "b")]
    assert best(chains, OTHERWISE) == best(chains[::-1], OTHERWISE) == chains[1]


def test_the_links_stand_in_the_order_of_the_way() -> None:
    way = "nothing trail log_group logging recording filter alarm tripping action subscription complete"
    assert [link.name.lower() for link in sorted(Link)] == way.split()


@pytest.mark.parametrize(
    ("chains", "told"),
    [
        pytest.param([], "no way at all", id="none"),
        pytest.param(
            [Chain(Link.FILTER, "a", wrong=2), Chain(Link.FILTER, "b", wrong=1)], "b", id="the one that errs less"
        ),
        pytest.param(
            [Chain(Link.COMPLETE, "a", noise=("x",)), Chain(Link.COMPLETE, "b")], "b", id="the one with less noise"
        ),
        pytest.param(
            [Chain(Link.FILTER, "a", wrong=1), Chain(Link.FILTER, "b", noise=("x",))], "b", id="errors before noise"
        ),
        pytest.param([Chain(Link.ALARM, "b"), Chain(Link.ALARM, "a")], "a", id="among equals always the same"),
        pytest.param(
            [Chain(Link.TRAIL, "denied", unseen=UNSEEN), Chain(Link.SUBSCRIPTION, "pending")],
            "denied",
            id="what was not seen may be complete",
        ),
        pytest.param(
            [Chain(Link.TRAIL, "denied", unseen=UNSEEN), Chain(Link.COMPLETE, "alarm")],
            "alarm",
            id="a complete way needs no other",
        ),
    ],
)
def test_what_decides_between_chains(chains: list[Chain], told: str) -> None:
    assert best(chains, OTHERWISE).reason == told


def test_a_long_name_is_shortened_visibly() -> None:
    assert name("a" * NAME_LENGTH) == "a" * NAME_LENGTH
    assert (len(name("a" * 300)), "…" in name("a" * 300)) == (NAME_LENGTH, True)
