"""Accounts: several people on one server, each with stories of their own.

Only `models` and `commands` may be imported where accounts are off: the others load Flask-Security, Authlib and webauthn.
"""
