"""Stories without a model: narrative planning and text realisation in German and English.

Content is loaded when the first story is told; importing this package is cheap.
"""

from .engine import Storyteller

__all__ = ["Storyteller"]
