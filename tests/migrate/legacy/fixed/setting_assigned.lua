-- one line a setting, as in lsyncd 2.0
settings { logfile = "/var/log/lsyncd.log" } --> setting-assigned
settings { statusFile = "/tmp/lsyncd.stat" } --> setting-assigned
settings { nodaemon = true } --> setting-assigned

sync { default.rsync, source = "/srv/www", target = "backup::www" }
