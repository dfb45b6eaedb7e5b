"""The science: scalar equations in float32, one for each numbered equation of docs/ODD.md."""
