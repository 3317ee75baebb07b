-- One source for several targets, and a target that a neighbour's name begins with.
for _, target in ipairs { "/backup/www", "/mirror/www", "web2.example.com::www" } do
    sync { default.rsync, source = "/srv/www", target = target, delete = "startup" }
end

sync { default.rsync, source = "/srv/www-old", target = "/backup/www-old" }
