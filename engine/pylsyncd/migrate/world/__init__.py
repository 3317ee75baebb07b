"""A world that is not there: files, time and processes for the real engine and Lua, without a kernel."""
