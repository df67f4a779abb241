"""What all suites share."""

from hypothesis import settings

# A deadline for an example would be a timed test, and a busy machine would break it.
settings.register_profile("no deadlines", deadline=None)
settings.load_profile("no deadlines")
