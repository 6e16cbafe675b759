from chatbots.models.chatbot import Chatbot, make_public_id
from chatbots.models.evaluation import EvaluationResult, EvaluationRun, RunState
from chatbots.models.knowledge import KnowledgeChunk, KnowledgeSource, SourceKind, SourceState
from chatbots.models.version import BotVersion

__all__ = [
    "BotVersion",
    "Chatbot",
    "EvaluationResult",
    "EvaluationRun",
    "KnowledgeChunk",
    "KnowledgeSource",
    "RunState",
    "SourceKind",
    "SourceState",
    "make_public_id",
]
