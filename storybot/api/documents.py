"""The OpenAPI document, and a page that makes it readable without a script."""

import json
from typing import Any

from apiflask import APIBlueprint, APIFlask
from flask import Response, current_app, jsonify, render_template, request

from storybot.api.request import open_limit, runtime
from storybot.policy import DOCS_POLICY

blueprint = APIBlueprint("documents", __name__, enable_openapi=False, template_folder="templates")

DESCRIPTION = (
    "A prompt becomes a story that streams, is kept, and is never lost. Errors are problem objects (RFC 9457); ids sort by time; "
    "times are ISO 8601 in UTC; every answer carries `X-Trace-Id`."
)
#: What each resource's operations stand under, in the order of the documentation.
_TAGS = {
    "prompts": "Prompts",
    "stories": "Stories",
    "passages": "Passages",
    "generations": "Generations",
    "configuration": "Configuration",
    "engines": "Storytellers",
    "connections": "Storytellers",
    "models": "Storytellers",
    "usage": "Storytellers",
    "exports": "Your data",
    "imports": "Your data",
    "data": "Your data",
    "erasures": "Your data",
    "auth": "Accounts",
    "profiles": "Family",
    "approvals": "Family",
    "admin": "Administration",
    "healthz": "Health",
    "readyz": "Health",
}
OPENAPI: dict[str, Any] = {
    "DESCRIPTION": DESCRIPTION,
    "AUTO_SERVERS": False,
    "AUTO_404_RESPONSE": False,
    "AUTO_VALIDATION_ERROR_RESPONSE": False,
    "AUTO_OPERATION_ID": True,
    "TAGS": [{"name": name} for name in dict.fromkeys(_TAGS.values())],
}


def _limits() -> dict[int, str]:
    settings, most = runtime().settings, open_limit()
    too_many = "Too many requests"
    if settings.limited:
        too_many = f"More than {settings.requests_per_minute} requests a minute from one address, or {most} passages being written already"
    return {
        413: f"The body is larger than {settings.body_bytes} bytes.",
        429: f"{too_many}; `Retry-After` says when to try again.",
    }


#: Problems that any operation may answer with, that one with an id in its path may, and that one with a body may.
_ALWAYS = {
    400: "The request cannot be read.",
    422: "Something in the request is not right.",
    429: "Too many requests.",
    500: "A fault of the server.",
    503: "The database is busy.",
}
_WITH_ID = {404: "There is no such thing."}
_WITH_ACCOUNTS = {
    401: "Nobody is signed in, or what was given to sign in is wrong.",
    403: "This may not be done by this person, or not from this page.",
}
#: What everybody gets, with accounts too.
_FOR_ALL = {"/healthz", "/readyz", "/auth/session"}
_CHANGING = {409: "It does not fit the present state.", 413: "The body is too large.", 415: "The body is not JSON."}


def openapi(app: APIFlask) -> dict[str, Any]:
    """The OpenAPI document, with the problems that each operation may answer with; needs the app's context."""
    document = _without_twin(app.spec)  # type: ignore[arg-type]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method in {"get", "post", "put", "patch", "delete"}:
                if method == "post" and "requestBody" in operation:
                    operation["requestBody"]["required"] = True
                if "302" in operation["responses"]:
                    operation["responses"].pop("200", None)
                    operation["responses"]["302"]["content"] = {"text/html": {"schema": {"type": "string"}}}
                operation["tags"] = [_TAGS[_root(path)]]
                _add_problems(path, method, operation)
    _name_headers(document)
    document["paths"] = dict(sorted(document["paths"].items(), key=_place))
    added = document["paths"]["/stories/{story_id}/passages"]["post"]["responses"]
    added["202"]["content"] = added["201"]["content"]
    document["paths"]["/imports"]["post"]["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": _ARCHIVE}}}
    document["components"]["schemas"]["ProblemOut"]["additionalProperties"] = True  # RFC 9457, 3.2: extension members
    document["components"]["schemas"]["StoryIn"]["oneOf"] = [{"required": ["prompt"]}, {"required": ["prompt_id"]}]
    document["paths"]["/readyz"]["get"]["responses"]["503"] = _problem("The database does not answer, or no worker lives.")
    return document


_ARCHIVE = {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}
_JOBS_BEGUN = {"post /exports 202", "post /imports 202", "delete /data 202"}
#: Headers of answers, and which answers have them (status, or method and path with status): whether always, or only then.
_HEADERS: dict[str, tuple[str, bool, set[str]]] = {
    "X-Trace-Id": ("The request's name in the log.", True, set()),
    "Location": ("Where the new thing is.", True, {"post /prompts 201", "post /stories 201", *_JOBS_BEGUN}),
    "Link": ('The next page (`rel="next"`), where there is one. Source: RFC 8288.', False, {"get /stories 200"}),
    "Retry-After": ("Seconds after which it is worth trying again.", True, {"429"}),
}


def _name_headers(document: dict[str, Any]) -> None:
    document["components"]["headers"] = {
        name: {"description": description, "required": always, "schema": {"type": "string"}} for name, (description, always, _) in _HEADERS.items()
    }
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for status, response in operation.get("responses", {}).items() if isinstance(operation, dict) else ():
                names = [name for name, (_, _, where) in _HEADERS.items() if not where or where & {status, f"{method} {path} {status}"}]
                response["headers"] = response.get("headers", {}) | {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _place(item: tuple[str, Any]) -> tuple[int, str]:
    return list(_TAGS).index(_root(item[0])), item[0]


def _root(path: str) -> str:
    return "passages" if path.endswith("/passages") else path.split("/")[1]


def _without_twin(document: dict[str, Any]) -> dict[str, Any]:
    """A copy in which GenerationOut stands once: APIFlask registers a shape again that apispec met nested before."""
    text = json.dumps(document).replace("#/components/schemas/GenerationOut1", "#/components/schemas/GenerationOut")
    copied: dict[str, Any] = json.loads(text)
    copied["components"]["schemas"].pop("GenerationOut1", None)
    return copied


def _add_problems(path: str, method: str, operation: dict[str, Any]) -> None:
    problems = _ALWAYS | (_WITH_ID if "{" in path else {}) | (_CHANGING if method != "get" else {})
    if runtime().accounts is not None and path not in _FOR_ALL:
        problems |= _WITH_ACCOUNTS
    if path in {"/stories", "/stories/{story_id}/passages"} and method == "post":
        problems |= _WITH_ID  # a kept prompt, or a passage, that is named in the body
    limits = _limits()
    for status, description in (problems | {key: limits[key] for key in limits if key in problems}).items():
        operation["responses"][str(status)] = _problem(description)


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/ProblemOut"}
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}


@blueprint.get("/openapi.json")
def openapi_json() -> Response:
    """The document, with the prefix under which it was asked for as its server."""
    document = openapi(current_app)  # type: ignore[arg-type]
    return jsonify({"openapi": document["openapi"], "servers": [{"url": request.script_root or "/"}]} | document)


@blueprint.get("/docs")
def docs() -> Response:
    """The document for people."""
    document = openapi(current_app)  # type: ignore[arg-type]
    response = Response(render_template("docs.html", document=document, root=request.script_root, resolve=_resolver(document)))
    response.headers["Content-Security-Policy"] = DOCS_POLICY
    return response


@blueprint.get("/docs/style.css")
def docs_style() -> Response:
    """The page's style."""
    return Response(render_template("docs.css"), mimetype="text/css")


def _resolver(document: dict[str, Any]) -> Any:
    def resolve(schema: dict[str, Any]) -> dict[str, Any]:
        reference = schema.get("$ref")
        if reference is None and schema.get("allOf"):
            return resolve(schema["allOf"][0])
        return document["components"]["schemas"][reference.rsplit("/", 1)[1]] if reference else schema

    return resolve
