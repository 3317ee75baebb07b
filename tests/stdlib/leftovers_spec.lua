-- What a killed rsync leaves on the target goes with the next run (spec 6.1).

local describe, it, expect, fakes = ...

local RANDOM = "." .. ("[0-9A-Za-z]"):rep(6)

-- Runs over lists of paths one after the other, each ending with an exit code; gives all standard inputs.
local function inputs(runs)
    local world = fakes.world()
    local config = fakes.rsync_config(world, { target = "/t/" })
    config.exitcodes = { [0] = "ok", [12] = "again", [23] = "partial" }
    world.default.rsync.prepare(config, 1)
    for _, run in ipairs(runs) do
        world.default.rsync.action(fakes.inlet(world, config, run.changes))
        world.default.collect(world.spawned[#world.spawned].agent, run.code)
    end
    local found = {}
    for index, spawned in ipairs(world.spawned) do
        found[index] = spawned.stdin:gsub("%z", " ")
    end
    return found
end

local A, B = { { "Modify", "/d/a" } }, { { "Create", "/b" } }

describe("the run after one that was cut short", function()
    it("deletes the files that it had begun", function()
        expect.equal(
            inputs { { changes = A, code = 12 }, { changes = A, code = 0 } },
            { "/d/a /d/ /", "/d/a /d/ / /d/.a" .. RANDOM }
        )
    end)

    it("does so whatever it is about, and goes to their directories", function()
        expect.equal(
            inputs { { changes = A, code = 137 }, { changes = B, code = 0 } },
            { "/d/a /d/ /", "/b / /d/.a" .. RANDOM .. " /d/" }
        )
    end)

    it("does so once", function()
        expect.equal(
            inputs { { changes = A, code = 12 }, { changes = A, code = 0 }, { changes = A, code = 0 } }[3],
            "/d/a /d/ /"
        )
    end)

    it("leaves that to the next one if it does not succeed either", function()
        expect.equal(
            inputs { { changes = A, code = 12 }, { changes = B, code = 23 }, { changes = B, code = 0 } }[3],
            "/b / /d/.a" .. RANDOM .. " /d/"
        )
    end)
end)

describe("a run", function()
    it("that failed in part has left nothing", function()
        expect.equal(inputs { { changes = A, code = 23 }, { changes = A, code = 0 } }[2], "/d/a /d/ /")
    end)

    it("leaves nothing of what it deletes, nor of directories", function()
        local changes = { { "Delete", "/a" }, { "Create", "/d/" } }
        expect.equal(inputs { { changes = changes, code = 12 }, { changes = B, code = 0 } }[2], "/b /")
    end)
end)

-- path, directory, rule without its end
local RULES = {
    { "/a", "/", "/.a" },
    { "/.a", "/", "/.a" },
    { "/..a", "/", "/..a" }, -- one dot of its own is left
    { "/d*/[x]", "/d*/", "/d\\*/.\\[x\\]" },
    { "/" .. ("n"):rep(255), "/", "/." .. ("n"):rep(200) .. "*" },
}

describe("the rule for what rsync makes of", function()
    for _, case in ipairs(RULES) do
        it(case[1]:sub(1, 20), function()
            local directory, rule = fakes.chunk "leftovers".rule_for(case[1])
            expect.equal({ directory, rule }, { case[2], case[3] .. RANDOM })
        end)
    end
end)
