"""The jobs of this app: a job worker looks for them in modules of this name."""

from chatbots.budgets.sweeping import forget_old_counts_each_night
from chatbots.evaluation.runs import run_evaluation, sweep_evaluations_each_minute
from chatbots.knowledge.embedding import embed_knowledge, sweep_embeddings_each_minute
from chatbots.knowledge.uploads import import_upload, sweep_imports_each_minute
from chatbots.retrieval.index import build_index_files

__all__ = [
    "build_index_files",
    "embed_knowledge",
    "forget_old_counts_each_night",
    "import_upload",
    "run_evaluation",
    "sweep_embeddings_each_minute",
    "sweep_evaluations_each_minute",
    "sweep_imports_each_minute",
]
