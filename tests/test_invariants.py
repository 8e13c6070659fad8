"""What must stay true of the source and of the running app, whoever changes it."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from apiflask import APIFlask

from storybot import errors, schema, settings
from storybot.api.documents import openapi
from storybot.db import Base
from storybot.models import Owned

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "storybot"
SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if "versions" not in path.parts)
#: Routes that are not of the API: its documentation, and the page.
NOT_IN_THE_DOCUMENT = {"/openapi.json", "/docs", "/docs/style.css", "/", "/<path:path>"}
#: Tables without an owner: people themselves, what belongs to a row that has one, what signing in takes, and the machinery.
WITHOUT_OWNER = {"owners", "steps", "token_log", "workers", "passkeys", "identities", "sessions", "invitations", "attempts", "spent", "schema_floor"}


@pytest.mark.parametrize("name", ["app", "app_with_accounts"])
def test_every_route_is_in_the_openapi_document(request: pytest.FixtureRequest, name: str) -> None:
    app: APIFlask = request.getfixturevalue(name)
    with app.app_context():
        documented = set(openapi(app)["paths"])
    routes = {re.sub(r"<(?:[^<:]+:)?([^>]+)>", r"{\1}", rule.rule) for rule in app.url_map.iter_rules() if rule.rule not in NOT_IN_THE_DOCUMENT}
    assert routes == documented


def test_the_committed_document_is_the_programs_own(tmp_path: Path) -> None:
    from storybot.app import create_app
    from storybot.settings import read_settings

    plain = create_app(read_settings(data_dir=tmp_path, accounts="on"))
    with plain.app_context():
        made = json.loads(json.dumps(openapi(plain)))
    assert made == json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8")), "run `make openapi`"


def test_every_row_of_a_person_has_an_owner() -> None:
    without = {table.name for table in Base.metadata.sorted_tables if "owner_id" not in table.columns}
    assert without == WITHOUT_OWNER


def test_every_such_row_is_kept_from_others() -> None:
    """But the accounts' own: whoever signs in is nobody yet."""
    kept = {mapper.local_table.name for mapper in Base.registry.mappers if issubclass(mapper.class_, Owned)}
    assert kept == {table.name for table in Base.metadata.sorted_tables if "owner_id" in table.columns} - {"accounts"}


def test_there_is_one_migration_head_and_the_program_finds_it() -> None:
    assert ScriptDirectory(str(schema.MIGRATIONS)).get_heads() == [schema.head()]


def test_the_import_rules_hold() -> None:
    linted = subprocess.run([Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_and_functions_stay_small(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert source.count("\n") <= 370, "split it"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 60, f"{node.name} wants splitting"


def test_only_the_settings_read_storybots_environment() -> None:
    readers = {path.name for path in SOURCES if re.search(r"environ[^\n]*STORYBOT_|getenv", path.read_text(encoding="utf-8"))}
    assert readers <= {"settings.py"}


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "web/package-lock.json", "tests/observatory/package-lock.json"])
def test_lock_files_name_no_registry(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    found = re.findall(r'"resolved".*|^--(?:extra-)?index-url.*|^--find-links.*|https?://\S+\.(?:tgz|whl|tar\.gz)', text, flags=re.M)
    assert not found


def test_the_settings_example_is_the_programs_own() -> None:
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == settings.example(), "run `make openapi`"


def _backend_slugs() -> set[str]:
    slugs = {slug for slug, _title in errors._HTTP_SLUGS.values()}
    waiting = [errors.StorybotError]
    while waiting:
        kind = waiting.pop()
        slugs.add(kind.slug)
        waiting += kind.__subclasses__()
    for path in SOURCES:
        slugs |= set(re.findall(r'"(engine-[a-z-]+)"', path.read_text(encoding="utf-8")))
    return slugs


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_page_has_a_sentence_for_every_problem(language: str) -> None:
    files = (f"api/problem.{language}.ts", f"features/storytellers/storytellers.{language}.ts")
    catalogue = "\n".join(
        (ROOT / "web" / "src" / name).read_text(encoding="utf-8").partition("problems: {")[-1 if "features" in name else 0] for name in files
    )
    spoken = set(re.findall(r"^\s+'?([a-z][a-z-]*)'?:", catalogue, flags=re.M))
    assert _backend_slugs() <= spoken


#: What signing in takes, and what nobody has to load who has no accounts.
ONLY_WITH_ACCOUNTS = ("flask_security", "flask_login", "flask_principal", "wtforms", "authlib", "joserfc", "webauthn", "argon2", "qrcode", "requests")


@pytest.mark.parametrize("accounts", ["off", "on"])
def test_without_accounts_nothing_of_them_is_loaded(tmp_path: Path, accounts: str) -> None:
    program = (
        "import sys; from storybot.app import create_app; from storybot.settings import read_settings; import storybot.web;"
        f"create_app(read_settings(data_dir={str(tmp_path)!r}, accounts={accounts!r}, _env_file=None));"
        f"print([name for name in {ONLY_WITH_ACCOUNTS!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert bool(done.stdout.strip() != "[]") == (accounts == "on"), done.stdout
