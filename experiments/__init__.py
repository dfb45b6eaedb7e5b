"""Everything that runs many simulations, compares, draws and reports."""
