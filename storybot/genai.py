"""What a model was asked for, by OpenTelemetry's names for generative AI: the one place where ours become theirs.

Source: OpenTelemetry, Semantic conventions for generative AI metrics (status: development), with the buckets that it
recommends; Prometheus writes a dot as `_` and adds the unit. Attributes have values from closed sets: the operation is always
`chat`, and the provider is the kind of engine, since the names of models and servers are whatever people give them.
"""

from prometheus_client import Histogram

_LABELS = ("gen_ai_operation_name", "gen_ai_provider_name")
_SECONDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
_TOKENS = (1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864)

#: gen_ai.client.operation.duration; error_type is the slug of the problem, empty where it went well.
DURATION = Histogram("gen_ai_client_operation_duration_seconds", "GenAI operation duration.", [*_LABELS, "error_type"], buckets=_SECONDS)
#: gen_ai.client.operation.time_to_first_chunk
FIRST_CHUNK = Histogram(
    "gen_ai_client_operation_time_to_first_chunk_seconds", "Time to receive the first chunk of the answer.", _LABELS, buckets=_SECONDS
)
#: gen_ai.client.token.usage
TOKEN_USAGE = Histogram("gen_ai_client_token_usage", "Number of input and output tokens used.", [*_LABELS, "gen_ai_token_type"], buckets=_TOKENS)
#: What the conventions call our kinds of engines; the storyteller in the box is no model.
PROVIDERS = {"openai": "openai", "local": "llama_cpp"}


def record(kind: str, *, seconds: float, first_s: float | None, error: str, tokens_in: int | None, tokens_out: int | None) -> None:
    """Count one finished operation. kind: of engine; seconds: from the request to its end; first_s: to the first text, None
    where none came; error: a slug or ""; tokens: as the server counted them, None where it did not (they are not reported then).
    """
    provider = PROVIDERS.get(kind)
    if provider is None:
        return
    DURATION.labels("chat", provider, error).observe(seconds)
    if first_s is not None:
        FIRST_CHUNK.labels("chat", provider).observe(first_s)
    for token_type, tokens in (("input", tokens_in), ("output", tokens_out)):
        if tokens is not None:
            TOKEN_USAGE.labels("chat", provider, token_type).observe(tokens)
