"""From an evaluator and a study to every table: the order in which worlds are asked for."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from experiments.calibration.ensemble import Ensemble
from experiments.laboratory.factorial import Row
from experiments.laboratory.prior import design
from experiments.laboratory.ranges import Range
from experiments.laboratory.worlds import Evaluator, Replicate
from experiments.sensitivity import regions, screening, seeds, tornado, variance
from experiments.sensitivity.regions import Criterion
from experiments.sensitivity.responses import Changes, Responses, changes_of, measure

if TYPE_CHECKING:
    import pandas as pd

Tables = dict[str, Any]  # name -> pandas DataFrame
Say = Callable[[str], None]
ANSWER = "outcome horizon quantity"
BARE = 2  # resamples where no interval is wanted
SOURCES = "sd_parameters sd_seeds"  # more columns over an ensemble
COLUMNS = {
    "morris": f"{ANSWER} parameter mu mu_star low high sigma trajectories note",
    "sobol": f"{ANSWER} parameter order index low high samples note",
    "sobol_pairs": f"{ANSWER} parameter other index low high samples note",
    "tornado": f"{ANSWER} parameter end setting base value difference low high note",
    "regional": "outcome horizon criterion parameter distance p_value behavioural others note",
    "boxes": "outcome horizon criterion step coverage density mass restricted is_chosen",
    "box": "outcome horizon criterion parameter low high is_restricted p_value note",
    "replications": f"{ANSWER} seeds half_width half_low half_high variation variation_low variation_high",
    "seeds_needed": f"{ANSWER} seeds value low high half_width asked seeds_needed note",
}


class Sensitivity:
    """The methods of one study on one evaluator; each gives its tables by name."""

    def __init__(
        self,
        evaluator: Evaluator,
        ranges: Sequence[Range],
        replicates: Sequence[Replicate],
        say: Say = lambda _: None,
        ensemble: Ensemble | None = None,
    ) -> None:
        self.evaluator, self.ranges, self.replicates, self.say = evaluator, tuple(ranges), tuple(replicates), say
        self.ensemble = ensemble

    def morris(self, trajectories: int) -> tuple[Tables, list[int]]:
        """Screening, and the parameters from the strongest on."""
        points = screening.shares(len(self.ranges), trajectories)
        responses = self._measured("morris", changes_of(self.ranges, points))
        found = list(screening.rows(responses, self.ranges, points))

        def stars(one: Responses) -> Iterator[float]:
            return (row["mu_star"] for row in screening.rows(one, self.ranges, points, BARE))

        return {"morris": self._table("morris", found, responses, stars)}, screening.order(found, self.ranges)

    def sobol(self, samples: int, pairs: bool, parameters: Sequence[int] | None = None) -> Tables:
        """Indices of some of the parameters, the others as the place has them."""
        varied = [self.ranges[p] for p in sorted(parameters if parameters is not None else range(len(self.ranges)))]
        points = variance.shares(len(varied), samples, pairs)
        responses = self._measured("sobol", changes_of(varied, points))
        single, joint = variance.rows(responses, varied, pairs)

        def indices(of: int) -> Callable[[Responses], Iterator[float]]:
            return lambda one: (row["index"] for row in variance.rows(one, varied, pairs, BARE)[of])

        tables = {"sobol": self._table("sobol", single, responses, indices(0))}
        return tables | ({"sobol_pairs": self._table("sobol_pairs", joint, responses, indices(1))} if pairs else {})

    def tornado(self) -> Tables:
        """Both ends of every parameter."""
        responses = self._measured("tornado", tornado.points(self.ranges))
        found = list(tornado.rows(responses, self.ranges, self.replicates))
        return {"tornado": self._table("tornado", found, responses, lambda one: tornado.differences(one, self.ranges))}

    def _table(
        self, name: str, rows: Sequence[Row], responses: Responses, tell: Callable[[Responses], Iterable[float]]
    ) -> "pd.DataFrame":
        """The rows as a table; over an ensemble with the deviations of one number of each by source."""
        if responses.drawn is None:
            return frame(name, rows)
        self.say(f"{name}: once more for every draw and seed")
        parts = responses.sources(tell)
        return frame(name, [{**row, **part} for row, part in zip(rows, parts, strict=True)], SOURCES)

    def regions(self, worlds: int, criterion: Criterion, methods: Sequence[str]) -> Tables:
        """Regional sensitivity and scenario discovery, on the same worlds."""
        import pandas as pd

        points = design(self.ranges, worlds)
        changes = [{one.key: float(value) for one, value in zip(self.ranges, row, strict=True)} for row in points]
        responses = self._measured("worlds", changes)
        tables = {"worlds": pd.DataFrame(list(regions.world_rows(responses, self.ranges, points, criterion)))}
        if "regional" in methods:
            tables["regional"] = frame("regional", regions.distance_rows(responses, self.ranges, points, criterion))
        if "prim" in methods:
            boxes, bounds = regions.box_rows(responses, self.ranges, points, criterion)
            tables |= {"boxes": frame("boxes", boxes), "box": frame("box", bounds)}
        return tables

    def replications(self, half_width: float | None = None, relative: float | None = None) -> Tables:
        """How many seeds the place as it is needs."""
        responses = self._measured("replications", [{}])
        return {
            "replications": frame("replications", seeds.rows(responses)),
            "seeds_needed": frame("seeds_needed", seeds.need_rows(responses, half_width, relative)),
        }

    def _measured(self, what: str, points: Sequence[Changes]) -> Responses:
        cells, count = 2 ** len(self.evaluator.packages), len(self.replicates)
        draws = 1 if self.ensemble is None else len(self.ensemble.weight)
        drawn = "" if self.ensemble is None else f" x {draws} draws"
        runs = len(points) * draws * cells * count
        self.say(f"{what}: {len(points):,} points{drawn} x {cells} worlds x {count} seeds: {runs:,} runs")
        return measure(self.evaluator, self.replicates, points, self.ensemble)


def frame(name: str, rows: Iterable[Row], more: str = "") -> "pd.DataFrame":
    """Rows as the table of a name, with more columns at its end."""
    import pandas as pd

    columns = [*COLUMNS[name].split(), *more.split()]
    complete = [[row[column] for column in columns] for row in rows]
    return pd.DataFrame(complete, columns=columns)
