"""`python -m storybot`."""

from storybot.cli import main

main()
