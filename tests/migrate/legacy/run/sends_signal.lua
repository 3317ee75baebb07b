-- Ends another daemon before this one starts.
local PID_MAX = 4194304
lsyncd.kill(PID_MAX - 1, 15) --> sends-signal

sync { default.rsync, source = "/srv/www", target = "web2.example.com::www" }
