"""Runs unit tests of users' Lua: each file in a Lua state of its own, on a stage that is simulated."""
