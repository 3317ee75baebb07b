sync {
    source = "/srv/photos",
    delay = 1,
    action = function(inlet)
        local event = inlet.getEvent()
        local command = string.format("scp '%s' backup:/photos", event.sourcePath)
        spawn(event, "bash", "-c", command) --> shell-injection
    end,
}
