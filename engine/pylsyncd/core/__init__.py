"""The pure core: told what happened, it answers with what to do; no I/O, no clock, no Lua."""
