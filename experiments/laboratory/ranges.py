"""The prior: parameters that no data identify, and between which values they may lie."""

from collections.abc import Mapping
from typing import NamedTuple

from scenarios.errors import between, shown, suggestion
from scenarios.spot import Spot

PREFIX = "parameters"
TENFOLD = 10.0  # ends above 0 that differ at least so much: drawn evenly in the logarithm
UNIDENTIFIED = ("enterprise.sigma", "decision.peer_weight", "market.agglomeration", "market.displacement")
# Narrower than the model's domain. Sigma: the prior that parameters.yaml names beside it. Peers and agglomeration:
# from none to twice the value in use (assumption); a model of nothing else would tip at the ends of their domains.
NARROWER = {"enterprise.sigma": (0.3, 20.0), "decision.peer_weight": (0.0, 1.6), "market.agglomeration": (0.0, 0.8)}


class Range(NamedTuple):
    """A parameter's prior: even between the ends, or even in its logarithm."""

    key: str  # as overrides take it
    low: float
    high: float

    @property
    def is_logarithmic(self) -> bool:
        """Whether the prior is even in the logarithm."""
        return self.low > 0 and self.high >= TENFOLD * self.low

    def at(self, share: float) -> float:
        """The value below which a share of the prior lies."""
        if self.is_logarithmic:
            return float(self.low * (self.high / self.low) ** share)
        return self.low + (self.high - self.low) * share


def default_ranges() -> tuple[Range, ...]:
    """The parameters that a multiplier hangs on and about which there is no evidence."""
    from scenarios.constants import table

    constants = table().constants
    found = []
    for name in UNIDENTIFIED:
        group, _, parameter = name.partition(".")
        one = constants[group][parameter]
        found.append(Range(f"{PREFIX}.{name}", *NARROWER.get(name, (one.low, one.high))))
    return tuple(found)


def ranges_of(given: Mapping[str, list[float]], spot: Spot) -> tuple[Range, ...]:
    """The ranges of an experiment file, in the order of their keys; what is wrong with them is noted."""
    from scenarios.constants import table

    domains = {
        f"{PREFIX}.{group}.{name}": one for group, members in table().constants.items() for name, one in members.items()
    }
    if not given:
        spot.wrong("expected at least one parameter, such as parameters.enterprise.sigma: [0.3, 20]")
    for key, ends in given.items():
        if key not in domains:
            spot.wrong(f'unknown parameter "{key}"{_nearest(key, domains)}', key)
            continue
        domain = domains[key]
        if len(ends) != 2 or not ends[0] < ends[1]:
            spot.wrong(f"expected [low, high], the lower one first (got {ends})", key)
        elif ends[0] < domain.low or ends[1] > domain.high:
            span = f"numbers{between(domain.low, domain.high)} ({domain.unit})"
            spot.wrong(f"expected {span} (got {shown(ends[0] if ends[0] < domain.low else ends[1])})", key)
    return tuple(Range(key, ends[0], ends[1]) for key, ends in sorted(given.items()) if len(ends) == 2)


def _nearest(key: str, domains: Mapping[str, object]) -> str:
    hint = suggestion(key, domains)
    return hint or suggestion(f"{PREFIX}.{key}", domains) or "; expected a key that guiyan show prints"
