from chatbots.models.chatbot import Chatbot, make_public_id
from chatbots.models.evaluation import EvaluationResult, EvaluationRun, RunState
from chatbots.models.knowledge import KnowledgeChunk, KnowledgeSource, SourceKind, SourceState
from chatbots.models.provider import Budget, BudgetCount, ModelUse, ProviderAccount, ProviderKind
from chatbots.models.version import BotVersion

__all__ = [
    "BotVersion",
    "Budget",
    "BudgetCount",
    "Chatbot",
    "EvaluationResult",
    "EvaluationRun",
    "KnowledgeChunk",
    "KnowledgeSource",
    "ModelUse",
    "ProviderAccount",
    "ProviderKind",
    "RunState",
    "SourceKind",
    "SourceState",
    "make_public_id",
]
