"""Connected model servers, writing styles, costs, trials

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op


revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TRIAL = sa.text("trial")


def upgrade() -> None:
    op.create_table(
        "connections",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("owner_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("preset", sa.String(length=32), nullable=True),
        sa.Column("base_url", sa.String(length=500), nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("model", sa.String(length=200), nullable=True),
        sa.Column("prices", sa.JSON(), nullable=True),
        sa.Column("timeouts", sa.JSON(), nullable=True),
        sa.Column("limits", sa.JSON(), nullable=True),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("check", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owners.id"], name=op.f("fk_connections_owner_id_owners"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connections")),
    )
    op.create_index(op.f("ix_connections_owner_id"), "connections", ["owner_id"], unique=False)
    op.add_column("configurations", sa.Column("style", sa.JSON(), nullable=True))
    op.add_column("configurations", sa.Column("private_names", sa.Boolean(), nullable=True))
    op.add_column("configurations", sa.Column("fallbacks", sa.JSON(), nullable=True))
    op.add_column("stories", sa.Column("trial", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index("ix_stories_trial", "stories", ["created_at"], unique=False, sqlite_where=TRIAL, postgresql_where=TRIAL)
    op.add_column("generations", sa.Column("cost_micros", sa.BigInteger(), nullable=True))
    op.add_column("generations", sa.Column("currency", sa.String(length=3), nullable=True))
    op.add_column("generations", sa.Column("counted", sa.String(length=10), nullable=True))
    op.add_column("generations", sa.Column("thinking_s", sa.Float(), nullable=True))
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        for name in ("done", "total"):
            batch_op.alter_column(name, existing_type=sa.Integer(), type_=sa.BigInteger(), existing_nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        for name in ("done", "total"):
            batch_op.alter_column(name, existing_type=sa.BigInteger(), type_=sa.Integer(), existing_nullable=False)
    for name in ("thinking_s", "counted", "currency", "cost_micros"):
        op.drop_column("generations", name)
    op.drop_index("ix_stories_trial", table_name="stories", sqlite_where=TRIAL, postgresql_where=TRIAL)
    op.drop_column("stories", "trial")
    for name in ("fallbacks", "private_names", "style"):
        op.drop_column("configurations", name)
    op.drop_index(op.f("ix_connections_owner_id"), table_name="connections")
    op.drop_table("connections")
