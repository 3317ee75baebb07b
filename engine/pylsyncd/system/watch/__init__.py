"""Watching directory trees: one protocol, several monitors."""
