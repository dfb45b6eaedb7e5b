"""One small place, run in many ways: what the tests of properties and of science share."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest

from tests.compiling import compile_both

PLACE = Path(__file__).parent / "places" / "small.yaml"
PACKAGES = ("community", "credit", "industry", "public_services", "services", "training")
KEY = ["month", "dimension", "group", "indicator"]
OF_AWARENESS = ("aware", "heard")  # indicators that an instrument without effect may move

# every kind that is no part of a package, and fields of eligibility, lag, ramp, end and capacity that no package uses
OTHER_KINDS = """
- {id: bank, kind: skill_bank, name: {en: B, zh: 银}, awareness: 0.5, channels: {credit_bank: 2, certificate: 0.1},
   eligibility: {households: [poverty_lifted, relocated]}}
- {id: sites, kind: land_supply, name: {en: L, zh: 地}, channels: {premises: 500}, eligibility: {counties: [upper]}}
- {id: tax, kind: tax_relief, name: {en: T, zh: 税}, awareness: 0.5, channels: {tax_cut: 0.6},
   eligibility: {sectors: [shops], sexes: [female]}}
- {id: online, kind: ecommerce, name: {en: E, zh: 电}, sectors: [shops], ramp: 3}
- {id: workshops, kind: aid_workshops, name: {en: W, zh: 坊}, channels: {workshops: 900}, end: 3}
- {id: city, kind: city_protection, name: {en: C, zh: 城}, awareness: 0.5, lag: 1,
   eligibility: {statuses: [out_province], age_from: 20, age_below: 45, skill_from: 0.2}}
- {id: loans, kind: guarantee_loan, name: {en: G, zh: 贷}, awareness: 0.5, capacity: 3000,
   channels: {loan_chance: 3, loan_cap: 20000}, eligibility: {sectors: [farming]}}
- {id: courses, kind: skills_training, name: {en: S, zh: 训}, awareness: 0.5, capacity: 20000,
   channels: {course_gain: 0.2, course_fit: 0.4, course_uptake: 0.5, certificate: 0.4, credit_bank: 1},
   eligibility: {skill_below: 0.6}}
- {id: brigade, kind: export_support, name: {en: A, zh: 输}, awareness: 0.5, unit_cost: 30,
   channels: {away_income: 0.2}, eligibility: {sexes: [male], statuses: [out_province], age_below: 50}}
- {id: chain, kind: chain_investment, name: {en: I, zh: 链}, sectors: [shops], ramp: 2,
   channels: {chain_jobs: 2, chain_development: 0.5}}
- {id: aid, kind: monitoring_aid, name: {en: M, zh: 帮}, capacity: 4000, channels: {referral: 0.6, alert: 0.001},
   eligibility: {skill_below: 0.7}}
- {id: desk, kind: coordination, name: {en: D, zh: 协}, channels: {coordination: 0.4}, eligibility: {counties: [upper]}}
"""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Compile before the test processes start, or each of them would compile everything."""
    print("compiling, once for all processes (about a minute, unless it is kept from before) ...", flush=True)
    compile_both()


class Worlds:
    """Scenarios and runs of the small place, kept by what they were asked for. Never change a run that is kept."""

    packages = PACKAGES

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._scenarios: dict[str, Any] = {}
        self._runs: dict[Any, Any] = {}

    def scenario(
        self, packages: Iterable[Any] = (), overrides: Mapping[str, Any] | None = None, place: Path = PLACE
    ) -> Any:
        """The resolved scenario of the small place, or of another."""
        import scenarios

        content = [one.read_text(encoding="utf-8") if isinstance(one, Path) else one for one in packages]
        key = repr((content, sorted((overrides or {}).items()), str(place)))
        if key not in self._scenarios:
            self._scenarios[key] = scenarios.load(place, list(packages), overrides)
        return self._scenarios[key]

    def run(
        self, packages: Iterable[Any] = (), overrides: Mapping[str, Any] | None = None, place: Path = PLACE, **how: Any
    ) -> Any:
        """A finished run; `how` as in `sim.simulation.simulate`."""
        from sim.simulation import simulate

        scenario = self.scenario(packages, overrides, place)
        key = (scenario.hash, tuple(sorted(how.items())))
        if key not in self._runs:
            self._runs[key] = simulate(scenario, **how)
        return self._runs[key]

    def begin(self, scenario: Any, rules: Any = None, seed: int = 1) -> Any:
        """A run at its first month: the people and markets of `scenario`, from then on under `rules`.

        So two runs can differ in a parameter or a switch without having differed in the spin-up.
        """
        from sim.policy import LeverBook
        from sim.simulation import Run, start_world

        world, state = start_world(scenario)
        if rules is not None:
            levers = LeverBook(rules, world.villages)
            world = replace(world, scenario=rules, levers=levers)
        return Run(world, state, seed, "kernel")

    def begun(self, base: Mapping[str, Any], rules: Mapping[str, Any], name: str = "", instruments: str = "") -> Any:
        """A run at its first month: the people of `base`, from then on under other rules and some instruments."""
        packages = [self.package(name, instruments)] if instruments else []
        return self.begin(self.scenario((), base), self.scenario(packages, {**base, **rules}))

    def monthly(self, run: Any, months: int) -> Iterator[tuple[Any, Any]]:
        """Advance month by month: yields the state before the month and what the month left."""
        from sim.state import copy_state

        left: list[Any] = []
        plain = run.record
        run.record = lambda result, full: (left.append(result), plain(result, full))
        while run.month < months:
            before = copy_state(run.state)
            run.advance(run.month + 1, threads=1)
            yield before, left[-1]
        del run.record

    def package(self, name: str, instruments: str) -> Path:
        """A package file with some instruments."""
        path = self.folder / f"{name}.yaml"
        head = f"schema: package\nid: {name}\nname: {{en: N, zh: 名}}\npillar: policy_precision\ninstruments:\n"
        path.write_text(head + textwrap.indent(textwrap.dedent(instruments).strip(), "  ") + "\n", encoding="utf-8")
        return path

    def other_kinds(self) -> Path:
        """A package of every kind that no shipped package has, with all that an instrument may declare."""
        return self.package("other_kinds", OTHER_KINDS)

    def place(self, name: str, text: str) -> Path:
        """A place file that extends the small place."""
        path = self.folder / f"{name}.yaml"
        path.write_text(f"schema: place\nextends: {PLACE}\n{textwrap.dedent(text)}", encoding="utf-8")
        return path

    @staticmethod
    def series(run: Any, indicator: str, group: tuple[str, str] = ("all", "all")) -> np.ndarray:
        """An indicator month by month, float64[months]."""
        table = run.outcomes
        rows = table[(table.dimension == group[0]) & (table.group == group[1]) & (table.indicator == indicator)]
        return rows.sort_values("month").value.to_numpy()

    @staticmethod
    def differences(one: Any, other: Any, but: Iterable[str] = ()) -> list[str]:
        """What two runs differ in, to the last bit: workers, enterprises, counties, villages and outcomes.

        `but` are instruments whose own awareness and own rows do not count (they may be in one run only).
        """
        return Worlds.differences_of_state(one, other, but) + _differing_outcomes(one, other, set(but))

    @staticmethod
    def differences_of_state(one: Any, other: Any, but: Iterable[str] = ()) -> list[str]:
        """The same without the outcomes: workers, enterprises, counties and villages as they are now."""
        found = _differing_workers(one, other, set(but))
        for part in ("firms", "counties"):
            pairs = zip(getattr(one.state, part)._asdict().items(), getattr(other.state, part), strict=True)
            found += [f"{part}.{name}" for (name, a), b in pairs if not np.array_equal(a, b)]
        for name in ("returned_share", "owner_share", "failure", "returnee_skill"):
            if not np.array_equal(getattr(one.state.villages, name), getattr(other.state.villages, name)):
                found.append(f"villages.{name}")
        return found


def _differing_workers(one: Any, other: Any, but: set[str]) -> list[str]:
    """Columns of workers() that differ; bits of instruments are compared by the instrument's id."""
    a, b = one.workers(), other.workers()
    if len(a) != len(b):
        return [f"number of workers: {len(a)} and {len(b)}"]
    plain = [name for name in a if name not in ("known", "used")]
    found = [name for name in plain if not np.array_equal(a[name].to_numpy(), b[name].to_numpy())]
    bits = [{instrument.id: k for k, instrument in enumerate(run.scenario.instruments)} for run in (one, other)]
    seen = [run.state.villages.aware_share for run in (one, other)]
    for name in sorted((set(bits[0]) | set(bits[1])) - but):
        k, m = bits[0][name], bits[1][name]
        for column in ("known", "used"):
            if not np.array_equal(a[column].to_numpy() >> k & 1, b[column].to_numpy() >> m & 1):
                found.append(f"{column}: {name}")
        if not np.array_equal(seen[0][:, k], seen[1][:, m]):
            found.append(f"villages.aware_share: {name}")
    return found


def _differing_outcomes(one: Any, other: Any, but: set[str]) -> list[str]:
    """Rows of outcomes that differ in value or are in one table only."""
    tables = []
    for run in (one, other):
        table = run.outcomes
        mine = (table.dimension == "instrument") & table.group.isin(but)
        stirred = table.indicator.isin(OF_AWARENESS) & (table.dimension != "instrument") if but else mine & False
        kept = table[~(mine | stirred)]
        tables.append(pandas.Series(kept.value.to_numpy(), pandas.MultiIndex.from_frame(kept[KEY].astype(str))))
    apart = tables[0].index.symmetric_difference(tables[1].index)
    if len(apart) == 0:
        second = tables[1].reindex(tables[0].index)
        apart = tables[0].index[tables[0].to_numpy() != second.to_numpy()]
    return sorted({f"outcomes: {dimension} {indicator}" for _, dimension, _, indicator in apart})


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Worlds:
    """Scenarios and runs of the small place."""
    return Worlds(tmp_path_factory.mktemp("worlds"))
