"""The only place that knows Lua."""
