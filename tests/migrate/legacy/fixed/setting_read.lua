settings { logfile = "/var/log/lsyncd.log", statusInterval = 5 }

log("Normal", "the log goes to ", settings("logfile")) --> setting-read

sync { default.rsync, source = "/home", target = "backup.example.org:/home" }
