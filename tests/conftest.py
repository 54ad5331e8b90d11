"""Makes the rules' modules importable by their plain names, as in Lambda, before any test module is collected."""

from rootguard.catalog import load_rules

load_rules()
