-- A list of excludes that is written anew at each start.
local excludes = io.open("/dev/null", "w") --> writes-file
excludes:write "*.tmp\n"
excludes:close()

sync { default.rsync, source = "/srv/www", target = "web2.example.com::www" }
