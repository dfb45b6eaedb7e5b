"""The study of docs/policies.md at equal cost runs, in little; what it finds is reported there and not asserted."""

import pytest

from tests.studies import targeting


def test_every_pair_costs_as_much_and_has_its_effects() -> None:
    found = targeting.pairs(seeds=2, scale=2000)
    assert [one.name for one in found] == [*targeting.SUPPORT.values(), "all three"]
    for one in found:
        assert one.values.shape == (2, 3, 5) and one.cost[0] > 0
        # the spend has steps at this scale: a grant more or less is 2,000 of them
        assert one.cost[0] == pytest.approx(one.cost[1], rel=0.2), one.name
    assert targeting.table(found).count("\n|") == 4 * 5 + 1
