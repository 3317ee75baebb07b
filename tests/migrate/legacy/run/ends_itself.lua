-- A safety catch that somebody left in.
local function stop_unless(condition)
    if not condition then os.exit(1) end --> ends-itself
end

stop_unless(false)
sync { default.rsync, source = "/srv/www", target = "web2.example.com::www" }
