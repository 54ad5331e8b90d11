"""An audit as one HTML file, for people who would rather look than read: no network, no build step."""

from rootguard.report.html.page import write

__all__ = ["write"]
