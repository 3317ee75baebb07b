-- Names are asked for while the config is loaded.
local pipe = io.popen "echo web2.example.com" --> runs-program
local host = pipe:read()
pipe:close()
os.execute "true" --> runs-program

sync { default.rsync, source = "/srv/www", target = host .. "::www" }
