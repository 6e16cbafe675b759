"""The only writer of the log: numbers messages, finds resends, and commits many conversations' messages at once.

Two doors: `queue` (a dedicated thread with group commit, for sockets and turns) and `batch.write_batch` (inside a
caller's own transaction, for actions that store a row beside something else). See docs/follow-one-message.md.
"""
