"""What can go wrong, as kinds of error; the command line shows them without a traceback.

The engine's errors are the project's: a user does not care which package refused the file.
"""

from petsuv.errors import InputError, Refused, UserError

__all__ = ["InputError", "NotEstimable", "Refused", "RunFailed", "UserError"]


class NotEstimable(UserError):
    """The data do not carry the estimate; the message is the reason printed in its place."""


class RunFailed(UserError):
    """A notebook did not finish; the message says where the failed copy lies."""
