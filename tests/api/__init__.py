"""Tests of the HTTP API, by resource: what a client sends and what it gets."""
