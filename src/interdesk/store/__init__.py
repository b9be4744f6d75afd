"""Keeping: tables from the model, compiled statements, rows, logs, blobs, migrations."""
