-- A module that was never packaged.
local inspect = require "our-inspection-module" --> needs-machine

sync { default.rsync, source = inspect.root, target = "web2.example.com::www" }
