"""Watching a site: metrics, alerts, and whom they reach."""
