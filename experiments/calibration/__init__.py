"""Calibration: from evidence and priors to a posterior ensemble."""
