"""What the reader's storytellers took, month by month."""

from typing import Any

from apiflask import APIBlueprint

from storybot import used
from storybot.api.model_schemas import UsedMonthOut, UsedQuery
from storybot.api.request import db_session, owner_id, require_grown_up

blueprint = APIBlueprint("usage", __name__)


@blueprint.get("/usage")
@blueprint.input(UsedQuery, location="query")
@blueprint.output(UsedMonthOut(many=True))
def show_usage(query_data: dict[str, Any]) -> Any:
    """Passages, tokens, seconds and cost of each storyteller, newest month first; with a child's, and with trials."""
    require_grown_up()
    return used.by_month(db_session(), owner_id(), query_data["months"])
