"""One reduced task in several idioms: what a simulation of return migration does most, and nothing else."""
