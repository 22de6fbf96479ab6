"""FastAPI and asyncpg: the statement by hand."""

import os
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI

from statement import NAMES, STATEMENT, Submission, values

SQL = STATEMENT.format(**{name: f"${index}" for index, name in enumerate(NAMES, 1)})


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=1, max_size=16) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/comments", status_code=201)
async def submit(submission: Submission) -> dict:
    row = await app.state.pool.fetchrow(SQL, *values(submission).values())
    return {"number": row["number"], "revision": row["revision"], **submission.model_dump()}
