"""The estimands of the multiplier: numbers in, numbers with intervals out; nothing here simulates."""
