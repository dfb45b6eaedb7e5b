"""What the user gave and cannot be used."""


class InputError(ValueError):
    """Bad input; the text is the complete message for the user, who sees no traceback."""
