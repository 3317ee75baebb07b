-- Another part of the configuration, which lies beside the daemon's machine.
dofile "/etc/lsyncd/conf.d/passwords-that-are-not-here.lua" --> needs-machine

sync { default.rsync, source = "/srv/www", target = "web2.example.com::www" }
