"""The errors people may meet: each prints one helpful line, and knows the exit code it ends with."""

from kedge.secrets import mask


class KedgeError(Exception):
    """Something Kedge cannot go on from. `message` says what, `hint` what to do about it."""

    exit_code: int = 2

    def __init__(self, message: str, *, hint: str | None = None, exit_code: int | None = None) -> None:
        self.message = _one_line(message)
        self.hint = _one_line(hint) if hint else None
        if exit_code is not None:
            self.exit_code = exit_code
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class UsageError(KedgeError):
    """The command line or the configuration asks for something that cannot be."""

    exit_code = 2


class Incomplete(KedgeError):
    """Something could not be reached or read, so nothing can be said about it."""

    exit_code = 3


def _one_line(text: str) -> str:
    return " ".join(mask(text).split())
