-- The config says that something is wrong, but goes on.
local function complain(...)
    log("Error", ...) --> logged-error
end

complain "the list of hosts is empty, web2 is taken"
sync { default.rsync, source = "/srv/www", target = "web2.example.com::www" }
