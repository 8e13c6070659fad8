"""Logs: what a line may hold, and how lines get to Elasticsearch and onto Kibana's pages."""
