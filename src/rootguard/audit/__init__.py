"""The rules asked from a terminal: which accounts, how they are seen, and what came out."""
