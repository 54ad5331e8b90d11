"""Puts the rules into every account of an organization, shows how they fare there, and takes them away again."""
