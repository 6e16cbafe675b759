"""A bot's turns: worked out beside the sockets, as tasks with a lease in the database.

The writer stores the turn together with the question, so that a turn whose process died is found by its lease. The reply
is committed only under the owner version with which the turn began. See docs/follow-one-message.md.
"""

from chatbots.turns.cancelling import tell_cancelled
from chatbots.turns.ending import complete_frame
from chatbots.turns.job import TurnJob
from chatbots.turns.running import finish_running_turns, run_turn, start_job, start_turn
from chatbots.turns.sweeping import sweep_soon, sweep_turns

__all__ = [
    "TurnJob",
    "complete_frame",
    "finish_running_turns",
    "run_turn",
    "start_job",
    "start_turn",
    "sweep_soon",
    "sweep_turns",
    "tell_cancelled",
]
