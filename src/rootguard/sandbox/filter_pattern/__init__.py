"""CloudWatch Logs filter patterns: parsed, printed, and matched against log events.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from rootguard.sandbox.filter_pattern.evaluation import extracted, matches
from rootguard.sandbox.filter_pattern.parsing import parse
from rootguard.sandbox.filter_pattern.pattern import FilterPattern, InvalidFilterPatternError
from rootguard.sandbox.filter_pattern.quotas import has_regex

__all__ = ["FilterPattern", "InvalidFilterPatternError", "extracted", "has_regex", "matches", "parse"]
