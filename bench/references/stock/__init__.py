"""The chat that a competent developer writes from Channels' tutorial: the reference to beat."""
