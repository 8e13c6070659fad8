"""Tests of the deployment, against the real programs: `make test-deploy`."""
