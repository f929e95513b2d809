"""The peer `fastapi`: FastAPI with SQLAlchemy's async engine over asyncpg, as its documentation shows it.

One engine, made at start-up; a session for each request through a dependency that commits after its `yield`. With this FastAPI
that is after the response was sent. It reads COMPARE_DATABASE_URL and COMPARE_PORT, and ends when its standard input does.
"""

import os
import random
import sys
import threading

import uvicorn
from fastapi import Depends, FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

app = FastAPI()


@app.on_event("startup")
async def start() -> None:
    app.state.engine = create_async_engine(os.environ["COMPARE_DATABASE_URL"], pool_size=15, max_overflow=0)


@app.on_event("shutdown")
async def stop() -> None:
    await app.state.engine.dispose()


async def session():
    async with AsyncSession(app.state.engine) as one:
        yield one
        await one.commit()


@app.get("/ready")
async def ready() -> str:
    return "ready"


@app.get("/read")
async def read(db: AsyncSession = Depends(session)) -> int:
    row = await db.execute(text("select balance from accounts where id = :id"), {"id": random.randint(1, 1000)})
    return row.scalar_one()


@app.post("/insert")
async def insert(db: AsyncSession = Depends(session)) -> str:
    await db.execute(
        text("insert into entries (account, amount) values (:account, :amount)"),
        {"account": random.randint(1, 1000), "amount": random.randint(-100, 100)},
    )
    return "done"


@app.post("/transfer")
async def transfer(db: AsyncSession = Depends(session)) -> str:
    low, high = sorted(random.sample(range(1, 1001), 2))
    amount = random.randint(-100, 100)
    await db.execute(
        text("select id, balance from accounts where id in (:low, :high) order by id for update"), {"low": low, "high": high}
    )
    move = text("update accounts set balance = balance + :amount, moves = moves + 1 where id = :id")
    await db.execute(move, {"amount": -amount, "id": low})
    await db.execute(move, {"amount": amount, "id": high})
    return "done"


def end_with_input() -> None:
    while sys.stdin.buffer.read(64):
        pass
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=end_with_input, daemon=True).start()
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["COMPARE_PORT"]), log_level="warning", access_log=False)
