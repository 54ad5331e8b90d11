"""EventBridge event patterns: parsed, and matched against events.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html
"""

from rootguard.sandbox.event_pattern.evaluation import matches
from rootguard.sandbox.event_pattern.parsing import InvalidEventPatternError, parse

__all__ = ["InvalidEventPatternError", "matches", "parse"]
