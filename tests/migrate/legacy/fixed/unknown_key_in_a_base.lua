-- a base of the house, used twice
local mirror = {
    default.rsync,
    delay = 5,
    maxProcesses = 2, --> unknown-key
    rsync = { archive = true, bwlimit = 500 }, --> unknown-key
}

sync { mirror, source = "/srv/www", target = "/mnt/backup/www" }
sync { mirror, source = "/srv/mail", target = "/mnt/backup/mail" }
