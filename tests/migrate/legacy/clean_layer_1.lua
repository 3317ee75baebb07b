sync {
    source = "/srv/www",
    delay = 5,
    onMove = true,
    init = false,
    action = function(inlet)
        local list = inlet.getEvents(function(event)
            return event.etype ~= "Init" and event.etype ~= "Blanket"
        end)
        spawn(list, "upload", "<", table.concat(list.getPaths(), "\0"), "--stdin")
    end,
    collect = function(agent, exitcode)
        return exitcode == 75 and "again" or "ok"
    end,
}
