"""FastAPI and SQLAlchemy: a session for each request, as its tutorial has it."""

import os

from fastapi import Depends, FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from statement import NAMES, STATEMENT, Submission, values

URL = os.environ["DATABASE_URL"].replace("postgres://", "postgresql+asyncpg://")
engine = create_async_engine(URL, pool_size=16, max_overflow=0)
new_session = async_sessionmaker(engine, expire_on_commit=False)
SQL = text(STATEMENT.format(**{name: f":{name}" for name in NAMES}))
app = FastAPI()


async def session():
    async with new_session() as session:
        yield session


@app.post("/comments", status_code=201)
async def submit(submission: Submission, session: AsyncSession = Depends(session)) -> dict:
    result = await session.execute(SQL, values(submission))
    row = result.one()
    await session.commit()
    return {"number": row.number, "revision": row.revision, **submission.model_dump()}
