"""An alarm that one event of root trips, and what a metric filter publishes for it."""

from rootguard.kit.readers.alarms import MetricAlarm
from rootguard.kit.readers.metric_filters import Transformation

METRIC = Transformation(namespace="LogMetrics", name="RootUse", value="1", default=0, unit="None", dimensions={})
ALARM = MetricAlarm(
    name="root-use",
    arn="arn:aws:cloudwatch:us-east-1:111122223333:alarm:root-use",
    namespace="LogMetrics",
    metric="RootUse",
    dimensions={},
    statistic="Sum",
    threshold=1,
    operator="GreaterThanOrEqualToThreshold",
    datapoints=1,
    missing_data="missing",
    unit="",
    actions_enabled=True,
    actions=(),
)
