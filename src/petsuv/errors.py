"""What can go wrong, as kinds of error; each message is for the person who can mend it."""


class UserError(Exception):
    """A user can mend this: the message names place, value, what was expected and what to do."""


class InputError(UserError):
    """A file, tag or argument of the user's is not as it must be."""


class Refused(UserError):
    """A PET series or region that cannot be converted without guessing."""
