"""Trains what a worker orders: see docs/runner-protocol.md."""
