"""What the rules say of themselves, for people: a page for each, and the list of all.

Nothing here asks AWS or imports what could.
"""
