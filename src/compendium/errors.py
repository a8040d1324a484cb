"""What can go wrong, as kinds of error; the command line shows them without a traceback."""


class CompendiumError(Exception):
    """A user can mend this: the message names place, value, what was expected and what to do."""


class InputError(CompendiumError):
    """A file, table, tag or parameter of the user's is not as it must be."""


class Refused(CompendiumError):
    """A PET series or region that cannot be converted without guessing."""


class NotEstimable(CompendiumError):
    """The data do not carry the estimate; the message is the reason printed in its place."""


class RunFailed(CompendiumError):
    """A notebook did not finish; the message says where the failed copy lies."""
