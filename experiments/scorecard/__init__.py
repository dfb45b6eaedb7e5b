"""The scorecard: the model beside the evidence, figure by figure and pattern by pattern."""
