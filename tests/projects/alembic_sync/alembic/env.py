from logging.config import fileConfig

from sqlalchemy import engine_from_config, pool, text

from alembic import context
from app import models
from app.db import Base

config = context.config
fileConfig(config.config_file_name)


def include_object(obj, name, type_, reflected, compare_to):
    if type_ == "table" and name == "legacy":
        return False
    return not (type_ == "table" and reflected and compare_to is None and name.startswith("tmp_"))


def run_migrations_online():
    connectable = engine_from_config(config.get_section(config.config_ini_section), prefix="sqlalchemy.", poolclass=pool.NullPool)
    with connectable.connect() as connection:
        connection.execute(text("CREATE SCHEMA IF NOT EXISTS extra"))
        connection.execute(text("CREATE TABLE IF NOT EXISTS extra.written_by_env (id int)"))
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_object=include_object,
            version_table="my_version",
            version_table_schema="extra",
            include_schemas=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run_migrations_online()
