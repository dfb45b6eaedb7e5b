"""Many worlds: levers, parameters and places varied together, run once each, told as one tidy table."""
