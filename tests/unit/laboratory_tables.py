"""Tables as a multiplier experiment leaves them, made by formulas: no luck, and every number known."""

from itertools import combinations, product
from typing import Any

import numpy as np
import pandas as pd

HORIZONS = (12, 36, 60)
UNITS = {
    "return": "persons", "enterprise": "persons", "quality_return": "persons", "at_home": "persons",
    "enterprise_alive": "persons", "jobs": "jobs", "income": "yuan a month",
}  # fmt: skip
SIZES = {
    "return": 1.0, "enterprise": 0.2, "quality_return": 0.45, "at_home": 0.7, "enterprise_alive": 0.12, "jobs": 0.5,
    "income": 0.0004,
}  # fmt: skip
NAMES = {
    "en": {"training": "Training", "credit": "Credit", "industry": "Industry", "services": "Services"},
    "zh": {"training": "技能培训", "credit": "金融信贷", "industry": "产业配套", "services": "全链条服务"},
}
PACKAGES = ("training", "credit", "industry")
COHORT = 2_974_844.0
SPREAD = 0.12  # half an interval, of an effect
PARAMETERS = (
    "parameters.decision.peer_weight",
    "parameters.enterprise.sigma",
    "parameters.market.agglomeration",
    "parameters.market.displacement",
)


def wave(number: float) -> float:
    """A number in -1..1 that looks like luck."""
    return float(np.sin(12.9898 * number + 4.1))


def label(cell: tuple[str, ...]) -> str:
    """A cell's name."""
    return "+".join(cell) or "none"


def subsets(packages: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Every cell in the order of bit masks."""
    return [tuple(name for b, name in enumerate(packages) if mask >> b & 1) for mask in range(2 ** len(packages))]


def dividend(cell: tuple[str, ...], packages: tuple[str, ...]) -> float:
    """What a combination adds at the longest horizon, persons returned."""
    places = [packages.index(name) for name in cell]
    if len(cell) == 1:
        return 9000.0 + 4000 * places[0]
    return 2600.0 * (1 + 0.4 * wave(sum(places))) * (-0.4) ** (len(cell) - 2)


def effect(cell: tuple[str, ...], packages: tuple[str, ...]) -> float:
    """The effect of a cell: the sum of the dividends of its subsets."""
    parts = [part for size in range(1, len(cell) + 1) for part in combinations(cell, size)]
    return sum(dividend(part, packages) for part in parts)


def around(name: str, value: float, half: float, low: str = "", high: str = "") -> dict[str, float]:
    """A value and its interval as three columns."""
    return {name: value, low or f"{name}_low": value - half, high or f"{name}_high": value + half}


def cells(packages: tuple[str, ...]) -> pd.DataFrame:
    rows = []
    for outcome, horizon, cell in product(UNITS, HORIZONS, subsets(packages)):
        found = SIZES[outcome] * horizon / 60 * effect(cell, packages)
        mean = SIZES[outcome] * (600_000 + 2000 * horizon) + found
        rows.append(
            {"cell": label(cell), "size": len(cell), "outcome": outcome, "horizon": horizon, "unit": UNITS[outcome]}
            | {"replicates": 32, "cohort": COHORT - 900 * horizon}
            | around("mean", mean, 0.004 * mean, "low", "high")
            | around("effect", found, SPREAD * abs(found))
        )
    return pd.DataFrame(rows)


def estimands(packages: tuple[str, ...], without: tuple[str, ...] = ("quality_return",)) -> pd.DataFrame:
    """Estimands of the package; the outcomes in `without` have no multiplier, for credit alone does nothing."""
    rows = []
    whole = tuple(packages)
    for outcome, horizon in product(UNITS, HORIZONS):
        size = SIZES[outcome] * horizon / 60
        together, added = size * effect(whole, packages), size * sum(effect((name,), packages) for name in packages)
        ratio = together / added
        values: dict[str, tuple[float, float, str, str]] = {
            "effect": (together, SPREAD * together, UNITS[outcome], ""),
            "sum_of_singles": (added, SPREAD * added, UNITS[outcome], ""),
            "excess": (together - added, 0.6 * (together - added), UNITS[outcome], ""),
            "multiplier": (ratio, 0.09, "ratio", ""),
            "scale_control": (ratio - 0.06, 0.08, "ratio", "on the cloglog scale"),
            "bliss_predicted": (added * 0.98, SPREAD * added, UNITS[outcome], "effect"),
            "bliss_excess": (together - added * 0.98, 0.5 * (together - added), UNITS[outcome], ""),
            "null_multiplier": (ratio - 0.14, 0.07, "ratio", ""),
            "mechanism_excess": (0.14, 0.11, "ratio", ""),
            "sham": (1.0 - 0.001 * horizon, 0.05, "ratio", "; ".join(f"{name} 0.940" for name in packages)),
            "equal_budget_best_single": (1.31, 0.2, "ratio", f"{packages[0]} alone"),
            "equal_budget_best_mix": (0.97, 0.1, "ratio", "chosen for return after 60 months"),
        }
        if outcome in without:
            note = "effect of credit alone not above 0"
            values |= {name: (np.nan, np.nan, "ratio", note) for name in ("multiplier", "null_multiplier")}
            values["mechanism_excess"] = (np.nan, np.nan, "ratio", "not identified")
        if outcome in ("jobs", "income"):
            values = {name: value for name, value in values.items() if not name.startswith(("scale", "bliss"))}
        for quantity, (value, half, unit, note) in values.items():
            rows.append(
                {"package": label(whole), "outcome": outcome, "horizon": horizon, "unit": unit, "quantity": quantity}
                | around("value", value, half, "low", "high")
                | {"note": note}
            )
    return pd.DataFrame(rows)


def interactions(packages: tuple[str, ...]) -> pd.DataFrame:
    rows = []
    for outcome, horizon, kind, cell in product(UNITS, HORIZONS, ("dividend", "contrast"), subsets(packages)):
        value = SIZES[outcome] * horizon / 60 * (dividend(cell, packages) if cell else 600_000)
        key = {"outcome": outcome, "horizon": horizon, "kind": kind, "cell": label(cell), "order": len(cell)}
        rows.append(key | around("value", value, 0.2 * abs(value) + 100 * SIZES[outcome], "low", "high"))
    return pd.DataFrame(rows)


def shapley(packages: tuple[str, ...]) -> pd.DataFrame:
    rows = []
    for outcome, horizon in product(UNITS, HORIZONS):
        size, whole = SIZES[outcome] * horizon / 60, effect(packages, packages)
        for name in packages:
            holding = [cell for cell in subsets(packages) if name in cell]
            value = sum(dividend(cell, packages) / len(cell) for cell in holding)
            key = {"outcome": outcome, "horizon": horizon, "instrument": name}
            rows.append(key | around("value", size * value, 900 * size, "low", "high") | {"share": value / whole})
    return pd.DataFrame(rows)


def dose_response(packages: tuple[str, ...]) -> pd.DataFrame:
    rows = []
    for name, context, factor in product(packages, ("alone", "package"), (0.25, 0.5, 1.0, 1.5, 2.0, 3.0)):
        value = effect((name,), packages) * factor / (0.5 + 0.5 * factor)
        value *= 1.3 if context == "package" else 1.0
        key = {"instrument": name, "context": context, "factor": factor, "outcome": "return", "horizon": 60}
        rows.append(key | around("effect", value, 0.1 * value, "low", "high") | {"spend": 4e8 * factor})
    return pd.DataFrame(rows)


def doses(packages: tuple[str, ...]) -> pd.DataFrame:
    rows = []
    for place, (name, context) in enumerate(product(packages, ("alone", "package"))):
        is_there = place != 3
        half = {"half_marginal_dose": 1.4 + 0.2 * place, "half_low": 1.1, "half_high": 2.4} if is_there else {}
        missing = {
            "half_marginal_dose": np.nan,
            "half_low": np.nan,
            "half_high": np.nan,
            "note": "the marginal effect does not halve within the doses tried",
        }
        key = {"instrument": name, "context": context, "outcome": "return", "horizon": 60}
        rows.append(key | around("elasticity", 0.5 + 0.05 * place, 0.12) | {"note": ""} | (half or missing))
    return pd.DataFrame(rows)


def isoboles(packages: tuple[str, ...]) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    factors = (0.0, 0.5, 1.0, 1.5, 2.0)
    for (first, second), x, y in product(combinations(packages, 2), factors, factors):
        value = 9000 * x**0.8 + 13000 * y**0.7 + 3000 * x * y
        rows.append({"first": first, "second": second, "first_factor": x, "second_factor": y, "effect": value})
    return pd.DataFrame(rows).assign(outcome="return", horizon=60)


def budget(packages: tuple[str, ...]) -> pd.DataFrame:
    whole = effect(packages, packages)
    rows = []
    effects = {"package": whole, "best_mix": 1.03 * whole}
    effects |= {f"{name} alone": (0.76 - 0.14 * place) * whole for place, name in enumerate(packages)}
    for place, (name, value) in enumerate(effects.items()):
        is_short = name == "credit alone"
        row = {"alternative": name, "budget": 2.4e9, "spend": 1.1e9 if is_short else 2.4e9, "horizon": 60}
        row |= {"doses": ";".join(f"{one}={1.0 + 0.5 * place}" for one in packages), "outcome": "return"}
        ratio = whole / value
        row |= around("effect", value, 0.1 * value, "low", "high") | around("ratio", ratio, 0.15)
        row |= {"note": "cannot absorb the budget" if is_short else "", "cost_factor_flip": 0.8 + 0.3 * place}
        rows.append(row)
    return pd.DataFrame(rows)


def frontier(packages: tuple[str, ...]) -> pd.DataFrame:
    rows = []
    for place in range(30):
        spend = 1.5e8 * (1 + place)
        kind = "package" if place == 15 else "alone" if place % 5 == 4 else "mix"
        value = 42_000 * (1 - np.exp(-spend / 2e9)) * (1 - 0.12 * abs(wave(place)) - 0.25 * (kind == "alone"))
        row = {"doses": f"{packages[0]}=1.0", "spend": spend, "outcome": "return", "horizon": 60, "kind": kind}
        rows.append(row | around("effect", value, 1500, "low", "high"))
    best = pd.DataFrame(rows)
    return best.assign(is_efficient=best["effect"] >= best["effect"].cummax())


def prior(draws: int = 64) -> pd.DataFrame:
    rows = []
    for draw, outcome, horizon in product(range(draws), ("return", "enterprise"), HORIZONS):
        values = {name: 0.5 + 0.5 * wave(draw + 7 * place) for place, name in enumerate(PARAMETERS)}
        ratio = 1.25 - 0.5 * (values[PARAMETERS[1]] - 0.5) + 0.2 * wave(draw * 3.7)
        is_there = draw % 9 != 0
        row = {"draw": draw, **values, "outcome": outcome, "horizon": horizon, "excess": 30_000 * (ratio - 1)}
        missing = "effect of credit alone not above 0"
        rows.append(row | {"multiplier": ratio if is_there else np.nan, "note": "" if is_there else missing})
    return pd.DataFrame(rows)


def prior_summary(draws: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for (outcome, horizon), found in draws.groupby(["outcome", "horizon"]):
        for quantity, neutral in (("multiplier", 1), ("excess", 0)):
            values = found[quantity].dropna()
            low, median, high = values.quantile([0.025, 0.5, 0.975])
            key = {"outcome": outcome, "horizon": horizon, "quantity": quantity, "median": median, "low": low}
            share = float((values > neutral).mean())
            rows.append(key | {"high": high, "probability_above_one": share, "draws": len(values)})
    return pd.DataFrame(rows)


def prior_drivers() -> pd.DataFrame:
    rows = []
    for outcome, horizon, (place, name) in product(("return", "enterprise"), HORIZONS, enumerate(PARAMETERS)):
        value = (0.25, -0.72, 0.4, -0.05)[place]
        key = {"outcome": outcome, "horizon": horizon, "parameter": name}
        rows.append(key | around("rank_correlation", value, 0.18, "low", "high") | {"quantity": "multiplier"})
    return pd.DataFrame(rows)


def is_monotone(pattern: str, count: int) -> bool:
    """Whether nobody who returns with a set stays away with a larger one."""
    pairs = ((mask, mask | 1 << b) for mask in range(2**count) for b in range(count))
    return all(pattern[small] <= pattern[large] for small, large in pairs)


def patterns(packages: tuple[str, ...]) -> pd.DataFrame:
    """Monotone patterns of up to four smallest sets, and one of those kept away."""
    sets = subsets(packages)
    rows = [{"pattern": "1" * len(sets), "class": "always", "minimal_sets": "none", "persons": 412_345.0}]
    rows.append({"pattern": "0" * len(sets), "class": "never", "minimal_sets": "", "persons": 2_100_222.0})
    rows.append(
        {"pattern": "1" + "0" * (len(sets) - 1), "class": "kept_away", "minimal_sets": "none", "persons": 712.0}
    )
    families = [family for size in (1, 2, 3) for family in combinations(sets[1:], size)]
    for place, family in enumerate(families[:: max(1, len(families) // 60)]):
        if any(set(one) < set(other) for one, other in product(family, family)):
            continue
        pattern = "".join("1" if any(set(one) <= set(cell) for one in family) else "0" for cell in sets)
        fewest = min(len(one) for one in family)
        name = {1: "moved_by_one", len(packages): "only_by_package", 2: "only_by_pair"}.get(fewest, "only_by_several")
        smallest = ";".join(label(one) for one in family)
        persons = 26_000.0 / (1 + place) + 40
        rows.append({"pattern": pattern, "class": name, "minimal_sets": smallest, "persons": persons})
    return pd.DataFrame(rows)


CLASSES = {
    "always": 412_345.0, "never": 2_100_222.0, "moved_by_one": 51_000.0, "only_by_pair": 9_800.0,
    "only_by_package": 3_400.0, "kept_away": 712.0, "crowded_out": 655.0,
}  # fmt: skip
GROUPS = {
    "age": ("16-29", "30-39", "40-49", "50-69"),
    "skill": ("low", "middle", "high"),
    "savings": ("first", "second", "third", "fourth"),
    "household": ("ordinary", "poverty_lifted", "relocated"),
    "sex": ("female", "male"),
    "remoteness": ("near", "middle", "far"),
}


def classes() -> pd.DataFrame:
    total = sum(CLASSES.values())
    rows = []
    for name, persons in CLASSES.items():
        row = {"class": name} | around("persons", persons, 0.04 * persons, "low", "high") | {"share": persons / total}
        rows.append(row | {"placebo": 0.01 * persons, "independent_luck": 1.6 * persons})
    return pd.DataFrame(rows)


def profiles() -> pd.DataFrame:
    rows = []
    for place, (name, persons) in enumerate(CLASSES.items()):
        for trait, groups in GROUPS.items():
            cohort = np.array([1 + 0.5 * wave(number) for number in range(len(groups))])
            own = cohort * np.array([1 + 0.6 * wave(3 * place + number) for number in range(len(groups))])
            for group, share, of_cohort in zip(groups, own / own.sum(), cohort / cohort.sum(), strict=True):
                row = {"class": name, "trait": trait, "group": group, "persons": share * persons, "share": share}
                rows.append(row | {"cohort_share": of_cohort})
    return pd.DataFrame(rows)


def missing(packages: tuple[str, ...]) -> pd.DataFrame:
    needs = ("capital", "skill", "job", "premises", "information", "amenity")
    rows = []
    for name, cell, (place, need) in product(("only_by_package", "moved_by_one"), subsets(packages), enumerate(needs)):
        rows.append({"class": name, "cell": label(cell), "need": need, "share": 0.9 / (1 + place + len(cell))})
    return pd.DataFrame(rows)


def spillovers() -> pd.DataFrame:
    rows = []
    for saturation, treated in product((1 / 3, 2 / 3), ("yes", "no")):
        value = saturation * (0.02 if treated == "yes" else -0.0009)
        row = {"saturation": saturation, "treated": treated, "outcome": "return", "horizon": 60}
        rows.append(row | around("effect", value, 0.0007, "low", "high"))
    return pd.DataFrame(rows)


def villages(count: int = 300) -> pd.DataFrame:
    rows = []
    for number in range(count):
        county = number % 3
        x, y = county + 0.35 * wave(number * 1.7), 0.5 * county**2 + 0.35 * wave(number * 2.3 + 1)
        row = {"village": f"village {number}", "county": ("zhaoyang", "ludian", "qiaojia")[county], "x": x, "y": y}
        row |= {"size": 300 + 200 * wave(number), "remoteness": 1 + abs(wave(number / 3))}
        rows.append(row | {"value": 0.002 * (1 + wave(number / 7))})
    return pd.DataFrame(rows)


def ties(count: int = 300) -> pd.DataFrame:
    pairs = [(f"village {number}", f"village {(number + step) % count}") for number in range(count) for step in (3, 6)]
    return pd.DataFrame(pairs, columns=["source", "target"]).assign(kind="road")


def pairing(packages: tuple[str, ...]) -> pd.DataFrame:
    rows = []
    for outcome, horizon, cell in product(UNITS, HORIZONS, subsets(packages)[1:]):
        row = {"cell": label(cell), "outcome": outcome, "horizon": horizon, "replicates": 32}
        rows.append(row | {"variance_paired": 2.0, "variance_independent": 17.0, "replications_saved_ratio": 8.5})
    return pd.DataFrame(rows)


def null(packages: tuple[str, ...]) -> pd.DataFrame:
    what = {"parameters.decision.home_intercept": -2.125, **{name: 1.0 + 0.25 * wave(len(name)) for name in packages}}
    rows = [
        {"outcome": "return", "horizon": 60, "what": key, "value": value, "note": ""} for key, value in what.items()
    ]
    return pd.DataFrame(rows)


def mechanisms() -> pd.DataFrame:
    rows = []
    for place, group in enumerate(("enterprise", "peers", "agglomeration", "rationing", "labour")):
        row = {"outcome": "return", "horizon": 60, "group": group, "share": 0.2, "note": ""}
        rows.append(row | around("value", 0.028 + 0.001 * place, 0.02, "low", "high"))
    return pd.DataFrame(rows)


def tables(packages: tuple[str, ...] = PACKAGES) -> dict[str, pd.DataFrame]:
    """Every table."""
    draws = prior()
    made = (
        cells,
        estimands,
        interactions,
        shapley,
        dose_response,
        doses,
        isoboles,
        budget,
        frontier,
        patterns,
        missing,
        pairing,
        null,
    )
    found = {one.__name__: one(packages) for one in made}
    found |= {"prior": draws, "prior_summary": prior_summary(draws), "prior_drivers": prior_drivers()}
    return found | {one.__name__: one() for one in (classes, profiles, spillovers, villages, ties, mechanisms)}
