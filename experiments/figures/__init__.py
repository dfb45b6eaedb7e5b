"""Figures: one a file, each from tables to a matplotlib Figure; nothing here simulates or writes files."""
