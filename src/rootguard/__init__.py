"""AWS Config rules that judge how every account of an AWS Organization protects its root user."""

__version__ = "0.1.0"
