import asyncio

from alembic import context
from app.models import Base, engine


def do_run_migrations(connection):
    context.configure(connection=connection, target_metadata=[Base.metadata, Base])
    with context.begin_transaction():
        context.run_migrations()


async def run_async_migrations():
    async with engine.connect() as connection:
        await connection.run_sync(do_run_migrations)
    await engine.dispose()


asyncio.run(run_async_migrations())
