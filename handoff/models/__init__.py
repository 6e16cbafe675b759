from handoff.models.handoff_session import HandoffSession, HandoffState

__all__ = ["HandoffSession", "HandoffState"]
