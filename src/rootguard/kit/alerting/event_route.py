"""EventBridge rules in the Regions that log root's sign-ins: asked for and judged.

Root's sign-ins are logged in us-east-1, us-east-2 or us-west-2
(https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html),
so a rule in one Region alone does not see them all.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from rootguard.kit.account import Account
from rootguard.kit.alerting.breaks import NO_RULE, NO_TARGET, RULE_IS_LOUD, RULE_MISSES
from rootguard.kit.alerting.chain import Chain, Link, best, name
from rootguard.kit.alerting.events import TrailEvent
from rootguard.kit.alerting.expectations import Expectations
from rootguard.kit.alerting.topic_judgement import judge_topic
from rootguard.kit.errors import EvidenceUnavailable, attempt
from rootguard.kit.readers.event_rules import EventRule, read_accepts, read_event_rules, read_targets
from rootguard.kit.readers.topics import Topic, is_topic, read_topic

SIGN_IN_REGIONS: Mapping[str, tuple[str, ...]] = {
    "aws": ("us-east-1", "us-east-2", "us-west-2"),
    "aws-us-gov": ("us-gov-west-1",),
    "aws-cn": ("cn-north-1",),
}
"""Where a partition logs sign-ins of its root users."""


def sign_in_regions(account: Account, given: str) -> tuple[str, ...]:
    """The Regions to look into: the given ones (`us-east-1,us-west-2`), or the partition's."""
    named = tuple(filter(None, map(str.strip, given.split(","))))
    return named or SIGN_IN_REGIONS.get(account.partition, (account.region,))


_BUS_ARN = re.compile(r"arn:aws[a-z-]*:events:[a-z0-9-]+:(?P<account>\d{12}):event-bus/.+")
_API_CALL = "AWS API Call via CloudTrail"
# The first is what rules in use have, the second what AWS's documentation writes; a pattern may name either.
_SIGN_IN = ("AWS Console Sign In via CloudTrail", "AWS Console Signin via CloudTrail")
WAY = "EventBridge rules {rules}"
"""What a complete chain says."""
NOT_ASKED = Chain(Link.NOTHING, "EventBridge was not asked", wrong=1)
_SAMPLES = {
    "sign-in": ("root signs in with MFA", _SIGN_IN),
    "API call": ("root changes something in the console", (_API_CALL,)),
    "API call by key": ("root changes something with its access key", (_API_CALL,)),
}
_ORDINARY = {
    "an IAM user signs in": _SIGN_IN,
    "a role writes": (_API_CALL,),
}


@dataclass(frozen=True, slots=True)
class RuleEvidence:
    """A rule that accepts something root does.

    Attributes:
        accepted: Which of root's samples it accepts.
        ordinary: Which ordinary activity it accepts as well.
        buses: Event buses of other accounts among its targets.
        topics: Topics among its targets, or why one could not be read.
    """

    rule: EventRule
    accepted: frozenset[str]
    ordinary: tuple[str, ...]
    buses: tuple[str, ...]
    topics: tuple[Topic | EvidenceUnavailable, ...]


type RegionEvidence = tuple[RuleEvidence, ...] | EvidenceUnavailable


def gather_event_rules(
    account: Account, regions: Sequence[str], expected: Expectations
) -> Mapping[str, RegionEvidence]:
    """Read the rules of each Region; a Region where a call failed has the failure in their place.

    A Region after one whose rules do not notice root is not asked: the way is broken already.
    """
    events = {event.title: event for event in expected.events}
    found = dict[str, RegionEvidence]()
    for region in regions:
        found[region] = attempt(partial(_gather_region, account, region, events))
        if not isinstance(found[region], EvidenceUnavailable) and not found[region]:
            break
    return found


def _gather_region(account: Account, region: str, events: Mapping[str, TrailEvent]) -> tuple[RuleEvidence, ...]:
    return tuple(_gather_rules(account, region, events))


def _gather_rules(account: Account, region: str, events: Mapping[str, TrailEvent]) -> Iterator[RuleEvidence]:
    for rule in read_event_rules(account, region):
        accepted = frozenset(
            sample for sample, (title, types) in _SAMPLES.items() if _accepts(account, rule, events[title], types)
        )
        if not accepted:
            continue
        ordinary = tuple(title for title, types in _ORDINARY.items() if _accepts(account, rule, events[title], types))
        targets = read_targets(account, rule)
        buses = tuple(arn for arn in targets if _is_other_accounts_bus(arn, account.id))
        topics = tuple(attempt(partial(read_topic, account, arn)) for arn in targets if is_topic(arn))
        yield RuleEvidence(rule, accepted, ordinary, buses, topics)


def _accepts(account: Account, rule: EventRule, event: TrailEvent, detail_types: Sequence[str]) -> bool:
    possible = filter(rule.may_accept, detail_types)
    return any(read_accepts(account, rule, event.on_bus(rule.region, detail_type)) for detail_type in possible)


def _is_other_accounts_bus(arn: str, account_id: str) -> bool:
    bus = _BUS_ARN.fullmatch(arn)
    return bus is not None and bus["account"] != account_id


def judge_event_rules(found: Mapping[str, RegionEvidence], regions: Sequence[str]) -> Chain:
    """How far EventBridge carries root's activity: as far as in the worst of the Regions."""
    if not regions:
        return NOT_ASKED
    started = any(isinstance(rules, tuple) and rules for rules in found.values())
    chains = [_of_region(region, found.get(region, ()), started=started) for region in regions]
    weakest = _weakest(chains)
    if not weakest.complete:
        return weakest
    return Chain(Link.COMPLETE, WAY.format(rules=", ".join(chain.reason for chain in chains)))


def _weakest(chains: Sequence[Chain]) -> Chain:
    """The chain that decides where all must hold: rather one that is broken than one that could not be seen."""
    broken = [chain for chain in chains if not chain.complete]
    judged = [chain for chain in broken if chain.unseen is None]
    return min(judged or broken or chains, key=lambda chain: chain.link)


def _of_region(region: str, rules: RegionEvidence, *, started: bool) -> Chain:
    if isinstance(rules, EvidenceUnavailable):
        return Chain(Link.FILTER, str(rules), unseen=rules)
    if not rules:
        gap = NO_RULE(region=region, wrong=len(_SAMPLES))
        return gap if started else replace(gap, link=Link.NOTHING)  # where no Region has one, it is not tried at all
    missing = [sample for sample in _SAMPLES if not any(sample in each.accepted for each in rules)]
    if missing:
        return RULE_MISSES(region=region, events=" and ".join(missing), wrong=len(missing))
    chains = {sample: best(_reaching(sample, rules), Chain(Link.FILTER, "")) for sample in _SAMPLES}
    weakest = _weakest(tuple(chains.values()))
    if not weakest.complete:
        return weakest
    return Chain(Link.COMPLETE, ", ".join(sorted({chain.reason for chain in chains.values()})))


def _reaching(sample: str, rules: Sequence[RuleEvidence]) -> Iterator[Chain]:
    return (_of_rule(each) for each in rules if sample in each.accepted)


def _of_rule(found: RuleEvidence) -> Chain:
    rule = f"{name(found.rule.name)} in {found.rule.region}"
    if found.buses:
        return Chain(Link.COMPLETE, rule)
    if found.ordinary:
        return RULE_IS_LOUD(rule=rule, event=found.ordinary[0], wrong=1)
    topics = (judge_topic(f"EventBridge rule {rule}", topic, rule) for topic in found.topics)
    return best(topics, NO_TARGET(rule=rule))
