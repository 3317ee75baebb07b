-- default.rsync was forgotten, and a gauge that takes everything hides it.
local mine = {}

sync { mine, source = "/srv/www", target = "web2.example.com::www" } --> no-action
