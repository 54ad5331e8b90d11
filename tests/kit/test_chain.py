"""Which of several ways is told of: the one that holds furthest."""

from itertools import pairwise

import pytest

from rootguard.kit.alerting.breaks import BREAKS, NO_TRAIL, NOT_DELIVERED, Break
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


@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: broken.outcome.reason)
def test_a_break_makes_the_chain_that_ends_there(broken: Break) -> None:
    chain = broken(wrong=2, **{detail: f"some {detail}" for detail in broken.outcome.details})
    assert (chain.link, chain.wrong, chain.complete) == (broken.link, 2, False)
    assert all(f"some {detail}" in chain.reason for detail in broken.outcome.details)
    verdict = chain.verdict()
    assert (verdict.outcome, verdict.compliance, verdict.reason) == (broken.outcome, "NON_COMPLIANT", chain.reason)


def test_a_break_wants_every_detail() -> None:
    with pytest.raises(KeyError, match="error"):
        NOT_DELIVERED(trail="all")


def test_a_reason_that_is_too_long_is_shortened_in_the_verdict() -> None:
    chain = NOT_DELIVERED(trail="all", error="Access denied. " * 40)
    assert len(chain.reason) > 256
    assert len(chain.verdict().reason) == 256


@pytest.mark.parametrize(
    "chain", [Chain(Link.COMPLETE, "alarm"), Chain(Link.TRAIL, "denied", unseen=UNSEEN)], ids=["complete", "not seen"]
)
def test_only_a_broken_chain_is_a_verdict(chain: Chain) -> None:
    with pytest.raises(ValueError, match="not known to be broken"):
        chain.verdict()
    assert NO_TRAIL().verdict().reason == "no trail records the account's activity"
