"""Compiled loops over villages and workers that call rules; nothing else.

Every kernel runs on one thread over a range of villages and releases Python's lock; `sim.month` gives each
thread its own range. Dense loops treat all places of a village at once, free of branches, so that LLVM
vectorises them; sparse loops treat the few whom a dense loop has marked.
"""
