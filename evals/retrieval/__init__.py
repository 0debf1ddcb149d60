"""Measuring the search itself: the right section, the two languages, and when nothing was found."""
