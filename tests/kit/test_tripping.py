"""Whether one event of root trips an alarm: the alarm's settings against what a metric filter publishes."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.sample_alarm import ALARM, METRIC

from rootguard.kit.alerting.tripping import untripped, watches

BREACHES = "it is in ALARM without any event, so an event changes nothing"


@pytest.mark.parametrize(
    ("alarm", "metric"),
    [
        pytest.param({}, {}, id="as AWS and CIS write it"),
        pytest.param({}, {"default": None}, id="no default value"),
        pytest.param({"operator": "GreaterThanThreshold", "threshold": 0}, {}, id="more than 0"),
        pytest.param({"threshold": 0.5}, {}, id="half an event"),
        pytest.param({"threshold": 10}, {"value": "10"}, id="value of 10 per event"),
        pytest.param({"statistic": "Maximum"}, {}, id="maximum"),
        pytest.param({"statistic": "Maximum"}, {"default": None}, id="maximum without default"),
        pytest.param({"statistic": "p100"}, {}, id="highest percentile"),
        pytest.param({"statistic": "Average"}, {"default": None}, id="average of events only"),
        pytest.param({"statistic": "Minimum"}, {"default": None}, id="minimum of events only"),
        pytest.param({"statistic": "p0"}, {"default": None}, id="lowest percentile of events only"),
        pytest.param({"statistic": "SampleCount"}, {"value": "0", "default": None}, id="count of events only"),
        pytest.param(
            {"operator": "LessThanThreshold", "threshold": 2}, {"default": None}, id="less than 2, no default"
        ),
        pytest.param(
            {"operator": "LessThanOrEqualToThreshold", "threshold": -1}, {"value": "-1"}, id="counts downwards"
        ),
        pytest.param({"unit": "Count"}, {"unit": "Count"}, id="same unit"),
        pytest.param({"unit": "None"}, {}, id="no unit, selected"),
        pytest.param({"missing_data": "notBreaching"}, {}, id="missing data is good"),
        pytest.param({"missing_data": "ignore"}, {}, id="missing data is ignored"),
        pytest.param({"datapoints": 3}, {"default": None}, id="three datapoints, two of them missing"),
    ],
)
def test_one_event_trips(alarm: Mapping[str, Any], metric: Mapping[str, Any]) -> None:
    assert untripped(replace(ALARM, **alarm), replace(METRIC, **metric)) == ""


@pytest.mark.parametrize(
    ("alarm", "metric", "why"),
    [
        pytest.param({}, {"value": "$.size"}, "its metric adds $.size for an event, not a number", id="value in event"),
        pytest.param(
            {"missing_data": "ignore"},
            {"default": None},
            "it ignores missing data and its filter has no default value, so it stays in ALARM after the first event",
            id="rings once and for all",
        ),
        pytest.param(
            {"unit": "Count"}, {}, "it selects the unit Count, its metric has None", id="unit that is not published"
        ),
        pytest.param(
            {"datapoints": 3}, {}, "it needs 3 breaching datapoints, one event makes one", id="three datapoints"
        ),
        pytest.param(
            {"datapoints": 2, "missing_data": "notBreaching"},
            {"default": None},
            "it needs 2 breaching datapoints, one event makes one",
            id="two datapoints, missing ones are good",
        ),
        pytest.param(
            {"datapoints": 2, "missing_data": "ignore"},
            {"default": None},
            "it needs 2 breaching datapoints, one event makes one",
            id="two datapoints, missing ones are ignored",
        ),
        pytest.param(
            {"operator": "GreaterThanUpperThreshold", "threshold": None},
            {},
            "it detects anomalies, not single events",
            id="anomaly detection",
        ),
        pytest.param({"threshold": None}, {}, "it detects anomalies, not single events", id="no threshold"),
        pytest.param(
            {"statistic": "Average"}, {}, "the statistic Average of one event depends on the others", id="average"
        ),
        pytest.param(
            {"statistic": "SampleCount"},
            {},
            "the statistic SampleCount of one event depends on the others",
            id="count of all log events",
        ),
        pytest.param(
            {"statistic": "Minimum"}, {}, "the statistic Minimum of one event depends on the others", id="minimum"
        ),
        pytest.param({}, {"default": 5}, "the statistic Sum of one event depends on the others", id="others count too"),
        pytest.param({"statistic": "p99"}, {}, "the statistic p99 of one event depends on the others", id="percentile"),
        pytest.param(
            {"threshold": 1e6},
            {},
            "one event makes 1, its threshold is GreaterThanOrEqualToThreshold 1e+06",
            id="a million events",
        ),
        pytest.param(
            {"operator": "GreaterThanThreshold"},
            {},
            "one event makes 1, its threshold is GreaterThanThreshold 1",
            id="more than one event",
        ),
        pytest.param(
            {"operator": "LessThanThreshold"},
            {},
            "one event makes 1, its threshold is LessThanThreshold 1",
            id="silence, not events",
        ),
        pytest.param(
            {}, {"value": "0"}, "one event makes 0, its threshold is GreaterThanOrEqualToThreshold 1", id="adds nothing"
        ),
        pytest.param({"missing_data": "breaching"}, {}, BREACHES, id="missing data breaches"),
        pytest.param({"threshold": 0}, {}, BREACHES, id="at least 0"),
        pytest.param({"operator": "LessThanThreshold", "threshold": 2}, {}, BREACHES, id="less than 2"),
        pytest.param({"statistic": "Maximum"}, {"default": 1}, BREACHES, id="default value breaches"),
    ],
)
def test_one_event_does_not_trip(alarm: Mapping[str, Any], metric: Mapping[str, Any], why: str) -> None:
    assert untripped(replace(ALARM, **alarm), replace(METRIC, **metric)) == why


@pytest.mark.parametrize(
    ("alarm", "dimensions", "watched"),
    [
        pytest.param({}, {}, True, id="same metric"),
        pytest.param({"namespace": "logMetrics"}, {}, False, id="namespace in another case"),
        pytest.param({"metric": "RootUsage"}, {}, False, id="another metric"),
        pytest.param({"namespace": "", "metric": ""}, {}, False, id="metric math"),
        pytest.param({"dimensions": {"Account": "111122223333"}}, {}, False, id="a dimension that is not published"),
        pytest.param({}, {"Account": "111122223333"}, False, id="a published dimension is not selected"),
        pytest.param({"dimensions": {"Account": "1"}}, {"Account": "2"}, False, id="another value of the dimension"),
        pytest.param({"dimensions": {"Account": "1"}}, {"Account": "1"}, True, id="same dimension"),
    ],
)
def test_an_alarm_watches_one_metric(alarm: Mapping[str, Any], dimensions: Mapping[str, str], *, watched: bool) -> None:
    assert watches(replace(ALARM, **alarm), METRIC, dimensions) is watched
