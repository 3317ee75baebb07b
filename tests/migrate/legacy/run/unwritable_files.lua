-- A directory that the package used to make.
local state = "/var/lib/lsyncd-of-old/"

settings { pidfile = state .. "pid" } --> unwritable-pidfile
settings { logfile = state .. "log" } --> unwritable-logfile
settings { statusFile = state .. "status" } --> unwritable-status-file

sync { default.rsync, source = "/srv/www", target = "web2.example.com::www" }
