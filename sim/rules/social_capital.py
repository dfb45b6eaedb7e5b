"""Ties, belonging and what one hears of (ODD section 3b)."""

import numpy as np

from sim.arithmetic import ONE, ZERO, clip
from sim.compilation import rule

f32 = np.float32


@rule
def ties_next(ties, present, growth, decay, visit):
    """Ties to a place after a month there (present = 1) or elsewhere (present = 0).  [S1]

    there: ties + growth * (1 - ties); elsewhere: ties - decay * ties + visit * (1 - ties). ties: 0..1;
    growth, decay, visit: per month (visit: Spring Festival, phone calls, liaison). Source: assumption
    (form); home ties decay while away and recover on visits (model.md 3b). ties_next(0.5, 1, 0.1, 0, 0) = 0.55.
    """
    there = ties + growth * (ONE - ties)
    elsewhere = ties - decay * ties + visit * (ONE - ties)
    return clip(there if present > ZERO else elsewhere, ZERO, ONE)


@rule
def belonging_next(belonging, home, growth, exclusion):
    """Belonging after a month: grows at home, fades with exclusion, is lost away.  [S2]

    home: belonging + growth * (1 - belonging) - exclusion * belonging; away: 0. growth, exclusion: per
    month. Source: Li 2025 (physical return is not rooting); rates assumption.
    belonging_next(0.2, 1, 0.05, 0) = 0.24.
    """
    grown = belonging + growth * (ONE - belonging) - exclusion * belonging
    return clip(grown, ZERO, ONE) * home


@rule
def belonging_growth(base, contact, home_ties, work, working, programme):
    """Monthly growth of belonging from contact, work and participation.  [S3]

    base + contact * home_ties + work * working + programme. home_ties: 0..1; working: 1 with work at
    home, else 0; programme: per month, by community instruments. Source: Li 2025 (councils, mutual help);
    sizes assumption. belonging_growth(0.01, 0.02, 0.5, 0.01, 1, 0) = 0.03.
    """
    return base + contact * home_ties + work * working + programme


@rule
def word_of_mouth(own_share, neighbour_share, own_weight, ties, strength):
    """Chance to hear of an instrument from kin and co-villagers in a month of contact.  [S4]

    strength * ties * (own_weight * own_share + (1 - own_weight) * neighbour_share). shares: of workers
    who know it, own village and neighbours' mean; ties: home ties, 0..1. Source: relatives are the main
    source of policy information (n = 2136 survey, 27 %); form assumption. word_of_mouth(0.4, 0.2, 0.5, 1, 1) = 0.3.
    """
    return strength * ties * (own_weight * own_share + (ONE - own_weight) * neighbour_share)


@rule
def hearing_chance(official, mouth):
    """Chance to learn of an instrument in a month of contact: from either source.  [S5]

    1 - (1 - official) * (1 - mouth). official: by publicity and stations, 0..1. Source: assumption
    (independent sources). hearing_chance(0.1, 0.2) = 0.28.
    """
    return ONE - (ONE - clip(official, ZERO, ONE)) * (ONE - clip(mouth, ZERO, ONE))
