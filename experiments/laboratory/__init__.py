"""The multiplier laboratory: which worlds an experiment needs, and what follows from their outcomes."""
