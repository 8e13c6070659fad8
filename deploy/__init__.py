"""From an empty server to a running site: what `fab` (deploy/fabfile.py) does, in small modules. The runbook is README.md."""
