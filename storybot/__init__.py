"""Storybot: a prompt becomes a personalised story that streams onto the page, is kept, and is never lost."""

__version__ = "0.1.0"
