-- A base with keys of its own, which its gauge knows, and the rsync of the system.
local announced = {
    default.rsync,
    checkgauge = { default.rsync.checkgauge, webhook = true },
    webhook = "https://example.com/changed",
    prepare = function(config, level)
        default.rsync.prepare(config, level)
        if not config.webhook:find "^https" then error("webhook has to be https", level) end
    end,
}

sync { announced, source = "/srv/www", target = "/backup/www", filter = { "+ /static/***", "- *" } }
