"""root-alarm-present: the tables of the other files have a case for every answer and every obstacle that it lists."""

import re
from collections.abc import Iterable, Iterator
from string import Formatter
from typing import Any

from root_alarm_present import JUDGED_ELSEWHERE, REPORTED, RULE, Evidence, decide
from tests.rules.test_root_alarm_present import BEST_WAYS, BROKEN_LINKS, IGNORED
from tests.rules.test_root_alarm_present_actions import VOICES
from tests.rules.test_root_alarm_present_event_rules import EXPECTED, GAPS, REGIONS, everywhere, rule

from rootguard.kit.alerting.breaks import BREAKS, NOT_TRIPPED
from rootguard.kit.alerting.chain import Link
from rootguard.kit.verdict import Outcome, Verdict


def given(table: Iterable[Any]) -> list[Any]:
    """The first value of every case."""
    return [case.values[0] for case in table]


def evidence() -> Iterator[Evidence]:
    """Of every case of the tables."""
    yield from (Evidence(IGNORED, (found,)) for found in given(BROKEN_LINKS))
    yield from (Evidence(IGNORED, found) for found in given(BEST_WAYS))
    yield from given(VOICES)
    yield from (Evidence(EXPECTED, (), REGIONS, found) for found in given(GAPS))
    yield Evidence(EXPECTED, (), REGIONS, everywhere((rule(),)))


VERDICTS = [decide(found, {}) for found in evidence()]


def matches(pattern: str, text: str) -> bool:
    """Whether a text is what a pattern of `str.format` can become."""
    parts = Formatter().parse(pattern)
    return bool(
        re.fullmatch("".join(re.escape(literal) + (".*" if name else "") for literal, name, _, _ in parts), text)
    )


def variant_of(verdict: Verdict) -> list[str]:
    """Which of its outcome's variants a verdict's reason ends with."""
    outcome, last = verdict.outcome, f"{{{verdict.outcome.details[-1]}}}"
    return [each for each in outcome.variants if matches(outcome.reason.replace(last, each), verdict.reason)]


def test_every_answer_has_a_case() -> None:
    assert {verdict.outcome for verdict in VERDICTS} == set(RULE.outcomes)
    assert set(RULE.outcomes) == {REPORTED, JUDGED_ELSEWHERE, *(each.outcome for each in BREAKS)}


def test_a_reason_is_what_its_outcome_says_it_is() -> None:
    assert [each.reason for each in VERDICTS if not matches(each.outcome.reason, each.reason)] == []


def test_every_obstacle_and_every_way_has_a_case() -> None:
    with_variants = [verdict for verdict in VERDICTS if verdict.outcome.variants]
    assert {verdict.outcome for verdict in with_variants} == {REPORTED, NOT_TRIPPED.outcome}
    assert {len(variant_of(verdict)) for verdict in with_variants} == {1}
    shown = {(verdict.outcome, *variant_of(verdict)) for verdict in with_variants}
    listed: set[tuple[Outcome, str]] = {(outcome, variant) for outcome in RULE.outcomes for variant in outcome.variants}
    assert shown == listed


def test_every_link_can_break() -> None:
    assert {each.link for each in BREAKS} == set(Link) - {Link.COMPLETE}
