-- An action that takes from the queue what it likes.
local batch = {
    delay = 3,

    action = function(inlet)
        local elist = inlet.getEvents(function(event) return event.etype ~= "Init" end)
        spawn(elist, "logger", "-t", "changes", elist.getPaths())
    end,

    collect = function(_, exitcode)
        return exitcode == 0 and "ok" or "again"
    end,

    init = function(event) event.inlet.discardEvent(event) end,
}

sync { batch, source = "/srv/audit" }
