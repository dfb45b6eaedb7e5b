"""The task in mesa-frames: a table of workers in polars, float32, an expression a column.

mesa-frames needs an older numpy than this project, so this runs in a Python of its own:
`python -m tests.bench.peers.frames TASK.npz` reads numbers of months from standard input, lives them and answers each
with seconds and shares by status as a line of JSON.
"""

import json
import sys
import time

import mesa_frames
import numpy as np
import polars as pl

from tests.bench.peers import task as t


def by_status(values: tuple[float, ...]) -> pl.Expr:
    """A constant for each status."""
    s = pl.col("status")
    lower = pl.when(s == t.AWAY).then(pl.lit(values[0], pl.Float32)).when(s == t.SEARCHING)
    upper = lower.then(pl.lit(values[1], pl.Float32)).when(s == t.EMPLOYED).then(pl.lit(values[2], pl.Float32))
    return upper.otherwise(pl.lit(values[3], pl.Float32))


class Workers(mesa_frames.AgentSetPolars):
    """The workers."""

    def __init__(self, model: "Migration", frame: pl.DataFrame) -> None:
        super().__init__(model)
        self += frame

    def step(self) -> None:
        """One month of everybody."""
        s, p, r = pl.col("status"), pl.col("p"), pl.col("r")
        found = t.FOUND * p * pl.col("skill")
        turned = r < pl.when(s == t.AWAY).then(t.RETURN * p).otherwise(t.LOSS * (1 - p))
        settled = pl.when(r < found).then(t.OWNER).when(r < found + t.HIRED * p).then(t.EMPLOYED)
        settled = settled.when(r >= t.LEAVE_FROM).then(t.AWAY).otherwise(t.SEARCHING)
        moved = pl.when(s == t.SEARCHING).then(settled).when(turned).then(t.SEARCHING).otherwise(s).cast(pl.UInt8)
        u = (
            t.BASE - t.AGE * t.MIDDLE_AGE + t.SKILL * pl.col("skill") + t.TIES * pl.col("ties")
            + pl.col("seen") + t.AGE * pl.col("age") + t.SAVINGS * (1 + pl.col("savings")).log()
        )  # fmt: skip
        skill = pl.col("skill") + t.LEARN * (1 - pl.col("skill")) * (s >= t.EMPLOYED)
        frame = self.agents.with_columns(
            seen=pl.Series(self.model.seen()), r=pl.Series(self.random.random(len(self.agents), np.float32))
        )
        frame = frame.with_columns(p=1 / (1 + (-u).exp())).with_columns(status=moved)
        frame = frame.with_columns(age=pl.col("age") + t.MONTH, skill=skill,
                                   ties=t.TIES_KEPT * pl.col("ties") + t.TIES_GAIN * (s != t.AWAY))  # fmt: skip
        earned = pl.col("savings") + by_status(t.PAY) * pl.col("skill") - by_status(t.COST)
        self.agents = frame.with_columns(savings=earned.clip(0)).drop("seen", "r", "p")


class Migration(mesa_frames.ModelDF):
    """The model."""

    def __init__(self, given: dict[str, np.ndarray]) -> None:
        super().__init__(seed=1)
        status, *columns = (given[name] for name in t.Workers._fields)
        self.task = t.Task(t.Workers(status, *columns), given["start"], given["edges"], given["neighbour"])
        frame = pl.DataFrame({"unique_id": np.arange(len(status)), **self.task.workers._asdict()})
        self.workers = Workers(self, frame)
        self.agents += self.workers
        self.village = np.repeat(np.arange(len(self.task.start) - 1), np.diff(self.task.start))

    def seen(self) -> np.ndarray:
        """What each worker's village shows of others, as a part of the utility, float32[N]."""
        share = t.at_home(self.status(), self.task.start)
        return (t.PEERS * t.peers_of(share, self.task)).astype(np.float32)[self.village]

    def status(self) -> np.ndarray:
        """Status of everybody, uint8[N]."""
        return self.workers.agents["status"].to_numpy()


def main() -> None:
    """Answer the driver."""
    model = Migration(dict(np.load(sys.argv[1])))
    print(json.dumps({"mesa-frames": mesa_frames.__version__, "polars": pl.__version__}), flush=True)
    for line in sys.stdin:
        begun = time.perf_counter()
        for _ in range(int(line)):
            model.step()
        seconds = time.perf_counter() - begun
        print(json.dumps({"seconds": seconds, "shares": t.shares(model.status())}), flush=True)


if __name__ == "__main__":
    main()
