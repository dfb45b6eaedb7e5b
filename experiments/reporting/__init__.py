"""The parts of a report: what is read, the answer in sentences, tables as readers see them, words."""
