-- Where the daemon stands: the configuration is being loaded, or events are handled.

return { loading = true, running = false }
