-- The processes that default.rsync spawns and what it logs of them (spec 4.1).

local describe, it, expect, fakes = ...

local function sync_with(options, changes)
    local world = fakes.world()
    options.target = options.target or "/t/"
    local config = fakes.rsync_config(world, options)
    world.default.rsync.prepare(config, 1, options.host ~= nil)
    return world, fakes.inlet(world, config, changes)
end

-- Runs the start-up; gives the argument list as one line, standard input and the log.
local function started(options, excludes, filters)
    local world, inlet = sync_with(options, { { "Init", "" } })
    inlet.excludes, inlet.filters = excludes or {}, filters or {}
    world.default.rsync.init(inlet.events[1])
    local spawned = world.spawned[1]
    return table.concat(spawned.args, " "), spawned.stdin, world.logged, spawned.binary
end

describe("the start-up", function()
    it("transfers the whole source", function()
        local arguments, stdin, logged, binary = started {}
        expect.equal(arguments, "--delete --ignore-errors -lts -r /s/ /t/")
        expect.equal(stdin, nil)
        expect.equal(logged, { "Normal: recursive full rsync: /s/ -> /t/" })
        expect.equal(binary, "rsync")
    end)

    it("hands excludes over as such", function()
        local arguments, stdin, logged = started({}, { "a", "b/", "/c" })
        expect.equal(arguments, "--exclude-from=- --delete --ignore-errors -lts -r /s/ /t/")
        expect.equal(stdin, "a\nb/\n/c")
        expect.equal(logged, { "Normal: recursive full rsync: /s/ -> /t/ excluding\na\nb/\n/c" })
    end)

    it("hands filters and excludes over as filter rules", function()
        local arguments, stdin, logged = started({}, { "c" }, { "+ a", "- b" })
        expect.equal(arguments, "--filter=. - --delete --ignore-errors -lts -r /s/ /t/")
        expect.equal(stdin, "+ a\n- b\n- c")
        expect.equal(logged, { "Normal: recursive full rsync: /s/ -> /t/ filtering\n+ a\n- b\n- c" })
    end)

    it("writes out the excludes that rsync would take for a comment or a reset", function()
        local _, stdin = started({}, { "#*#", ";x", "!", "!x", "+ y" })
        expect.equal(stdin, "- #*#\n- ;x\n- !\n!x\n+ y")
    end)

    it("leaves them as they are with compat", function()
        local _, stdin = started({ compat = "2.3" }, { "#*#", ";x", "!" })
        expect.equal(stdin, "#*#\n;x\n!")
    end)

    it("ends each rule with a NUL when one holds a line feed", function()
        local arguments, stdin = started({}, { "a\nb", "c" })
        expect.equal(arguments, "--from0 --exclude-from=- --delete --ignore-errors -lts -r /s/ /t/")
        expect.equal(stdin, "a\nb\0c")
    end)

    it("deletes excluded files on demand", function()
        local arguments = started({ rsync = { delete_excluded = true } }, { "a" })
        expect.equal(arguments, "--exclude-from=- --delete --ignore-errors --delete-excluded -lts -r /s/ /t/")
    end)

    it("goes to host and directory where no target is given", function()
        local gauge = { host = true, targetdir = true }
        local world, inlet = sync_with({ host = "h", targetdir = "/d/", checkgauge = gauge }, {})
        inlet.getConfig().target = nil
        world.default.rsync.init(fakes.inlet(world, inlet.getConfig(), { { "Init", "" } }).events[1])
        expect.equal(table.concat(world.spawned[1].args, " "), "--delete --ignore-errors -lts -r /s/ h:/d/")
    end)

    it("fills in the tunnel's variables", function()
        expect.equal(
            (started { target = "localhost:^localport/", tunnel = "any" }),
            "--delete --ignore-errors -lts -r /s/ localhost:1234/"
        )
    end)

    it("names the target in the log as it was reached", function()
        local world, inlet = sync_with({ target = "localhost:^localport/", tunnel = "any" }, { { "Init", "" } })
        world.default.rsync.init(inlet.events[1])
        world.default.collect(inlet.events[1], 0)
        expect.equal(world.logged[#world.logged], "Normal: Startup of /s/ -> localhost:1234/ finished.")
    end)

    it("leaves a target alone that looks like a variable where there is no tunnel", function()
        expect.equal((started { target = "/^localport" }), "--delete --ignore-errors -lts -r /s/ /^localport/")
    end)

    it("is what a full transfer runs", function()
        local default = fakes.world().default
        expect.equal(rawequal(default.rsync.full, default.rsync.init), true)
    end)
end)

-- value of `delete`, whether the start-up deletes, whether a batch does
local DELETIONS = {
    { true, true, true },
    { false, false, false },
    { "startup", true, false },
    { "running", false, true },
    { "foo", false, false },
    { 1, false, false },
}

describe("delete", function()
    for _, case in ipairs(DELETIONS) do
        it("= " .. tostring(case[1]) .. " acts in the right phases", function()
            local found = { (started { delete = case[1] }):find "%-%-delete %-%-ignore%-errors" ~= nil }
            local world, inlet = sync_with({ delete = case[1] }, { { "Create", "/f" } })
            world.default.rsync.action(inlet)
            found[2] = table.concat(world.spawned[1].args, " "):find "%-%-delete %-%-ignore%-errors" ~= nil
            expect.equal(found, { case[2], case[3] })
        end)
    end
end)

describe("a batch", function()
    it("hands its rules over on standard input", function()
        local world, inlet = sync_with({}, { { "Create", "/d/" }, { "Create", "/d/f" }, { "Create", "/g" } })
        world.default.rsync.action(inlet)
        expect.equal(
            table.concat(world.spawned[1].args, " "),
            "-lts -r --delete --ignore-errors --force --from0 --include-from=- --exclude=* /s/ /t/"
        )
        expect.equal(world.spawned[1].stdin, "/d/\0/\0/d/f\0/g")
        expect.equal(
            world.logged,
            { "Normal: Calling rsync with filter-list of new/modified files/dirs\n/d/\n/\n/d/f\n/g" }
        )
    end)

    it("leaves Init, Blanket and Full events waiting", function()
        local world, inlet = sync_with({}, { { "Init", "" }, { "Blanket", "" }, { "Full", "/" }, { "Create", "/f" } })
        world.default.rsync.action(inlet)
        local states = {}
        for index, event in ipairs(inlet.events) do
            states[index] = event.status
        end
        expect.equal(states, { "wait", "wait", "wait", "active" })
    end)

    it("is not spawned when it is empty", function()
        local world, inlet = sync_with({}, { { "Blanket", "" } })
        world.default.rsync.action(inlet)
        expect.equal({ world.spawned, world.logged }, { {}, {} })
    end)

    it("fills in the tunnel's variables", function()
        local world, inlet = sync_with({ target = "h:^localport/", tunnel = "any" }, { { "Create", "/f" } })
        world.default.rsync.action(inlet)
        expect.equal(world.spawned[1].args[#world.spawned[1].args], "h:1234/")
    end)
end)

-- Standard inputs of the runs for one large file each of /a, /b, /c and small ones.
local function batches(options, changes, settings)
    options.batchSizeLimit = 100
    local world, inlet = sync_with(options, changes)
    world.settings = settings or {}
    world.sizes = { ["/s//a"] = 101, ["/s//b"] = 1000, ["/s//c"] = 101, ["/s//small"] = 100, ["/s//d/"] = 4096 }
    world.default.rsync.action(inlet)
    local inputs = {}
    for index, spawned in ipairs(world.spawned) do
        inputs[index] = spawned.stdin:gsub("%z", " ")
    end
    return inputs
end

local MIXED = {
    { "Create", "/a" }, { "Modify", "/small" }, { "Modify", "/b" }, { "Delete", "/c" },
    { "Create", "/d/" }, { "Create", "/gone" },
}

describe("batchSizeLimit", function()
    it("gives each file above the limit a run of its own", function()
        expect.equal(batches({ maxProcesses = 5 }, MIXED), { "/small / /c /d/ /gone", "/a /", "/b /" })
    end)

    it("keeps to the sync's processes", function()
        expect.equal(batches({ maxProcesses = 2 }, MIXED), { "/small / /c /d/ /gone", "/a /" })
        expect.equal(batches({ maxProcesses = 1 }, MIXED), { "/small / /c /d/ /gone" })
    end)

    it("keeps to the processes of all syncs", function()
        expect.equal(batches({ maxProcesses = 5 }, MIXED, { maxProcesses = 2 }), { "/small / /c /d/ /gone", "/a /" })
    end)

    it("does without a batch when all files are large", function()
        expect.equal(batches({ maxProcesses = 5 }, { { "Create", "/a" }, { "Create", "/b" } }), { "/a /", "/b /" })
    end)

    it("ends although a daemon on its way out spawns nothing", function()
        local world, inlet = sync_with({ batchSizeLimit = 0, maxProcesses = 3 }, { { "Create", "/a" } })
        world.sizes, world.fading = { ["/s//a"] = 1 }, true
        world.env.spawn = function() end
        world.default.rsync.action(inlet)
        expect.equal(inlet.events[1].status, "wait")
    end)
end)
