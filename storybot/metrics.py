"""Every metric, in base units, with labels from closed sets, never an id.

Several processes write into one folder (`PROMETHEUS_MULTIPROC_DIR`, set by whoever starts them, before this module is
imported); `exposition` serves their sum.
"""

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

disable_created_metrics()

#: The blog post's two names. Its gauge overwrote itself and its raw path label grew without bound: the latency is a
#: histogram and `endpoint` is the route's pattern, `__unmatched__` for none.
REQUEST_COUNT = Counter("flask_app_request_count", "Requests of the Flask app.", ["method", "endpoint", "http_status"])
REQUEST_LATENCY = Histogram("flask_app_request_latency_seconds", "Time to the first byte of the answer.", ["method", "endpoint"])

GENERATIONS_STARTED = Counter("storybot_generations_started", "Generations that a worker began.", ["engine"])
GENERATIONS_FINISHED = Counter("storybot_generations_finished", "Generations that ended.", ["engine", "outcome"])
GENERATION_SECONDS = Histogram(
    "storybot_generation_seconds", "From the claim to the end.", ["engine"], buckets=(0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
)
TIME_TO_FIRST_TEXT = Histogram(
    "storybot_time_to_first_text_seconds",
    "From the request to the first committed text.",
    ["engine"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
TOKENS = Counter("storybot_tokens", "Tokens committed.", ["engine"])
COMMIT_SECONDS = Histogram(
    "storybot_commit_seconds", "One group commit of the token log.", buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5)
)
RECLAIMED = Counter("storybot_generations_reclaimed", "Generations taken over from a worker that died.")
OPEN_GENERATIONS = Gauge("storybot_open_generations", "Generations that are being written.", multiprocess_mode="livesum")
OPEN_STREAMS = Gauge("storybot_open_streams", "Event streams that are open.", multiprocess_mode="livesum")

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
