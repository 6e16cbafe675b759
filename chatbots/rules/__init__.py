"""The rules that come before the search, in the owner's order, and the hours at which people are there."""
