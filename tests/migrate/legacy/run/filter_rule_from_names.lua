-- Filter rules made from names, without a sign.
local rules = {}
for name in ("tmp cache"):gmatch "%a+" do
    rules[#rules + 1] = name .. "/"
end

sync { default.rsync, source = "/srv/www", target = "web2.example.com::www", filter = rules } --> filter-rule
