"""The server of a site: how it is set up, what it runs, and how a new version comes onto it."""
