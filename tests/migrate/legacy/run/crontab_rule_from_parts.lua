-- A time of the day that the rule for it cannot have.
local function at(hour) return ("0 0 %d * * *"):format(hour) end

sync { default.rsync, source = "/srv/www", target = "web2.example.com::www", crontab = { at(24) } } --> crontab-rule
