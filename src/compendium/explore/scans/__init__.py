"""PET on the bench: a scan and its lesions as the engine has them, looked at and redrawn."""
