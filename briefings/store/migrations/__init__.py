"""Alembic migrations: one file a step, never changed after a release."""
