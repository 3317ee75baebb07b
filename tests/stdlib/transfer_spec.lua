-- How rsync is told what a batch is about: by a list of paths, or by filter rules (spec 6.3).

local describe, it, expect, fakes = ...

local NEW, OLD = "rsync  version 3.2.3  protocol version 31", "rsync  version 3.2.2  protocol version 31"
local DELETING = "-lts --delete-missing-args --force --from0 --files-from=- /s/ /t/"
local PLAIN = "-lts --ignore-missing-args --force --from0 --files-from=- /s/ /t/"

local function sync_with(options, versions)
    local world = fakes.world()
    world.versions = versions or { rsync = NEW }
    options.target = "/t/"
    local config = fakes.config(world, "rsync", options)
    world.default.rsync.prepare(config, 1)
    return world, config
end

-- Runs the action; gives what it spawned: the arguments as one line, and standard input.
local function run(world, config, changes)
    local inlet = fakes.inlet(world, config, changes)
    world.default.rsync.action(inlet)
    local spawned = world.spawned[#world.spawned]
    return table.concat(spawned.args, " "), (spawned.stdin:gsub("%z", " ")), spawned.agent
end

local function form(world, config, changes)
    local arguments = run(world, config, changes)
    return arguments:find("--files-from", 1, true) and "files" or "filter"
end

local function form_of(options, changes, versions)
    local world, config = sync_with(options, versions)
    return form(world, config, changes or { { "Create", "/f" } })
end

-- Runs the action and ends its process with that code; gives the form and the verdict.
local function ended(world, config, changes, code)
    local arguments, _, agent = run(world, config, changes)
    for _, event in ipairs(agent.getList()) do
        event.status = "wait"
    end
    local used = arguments:find("--files-from", 1, true) and "files" or "filter"
    return used, world.default.rsync.collect(agent, code), agent
end

-- The form of the next try.
local function again(world, agent)
    local inlet = { getConfig = function() return agent.config end, getEvents = function() return agent end }
    world.default.rsync.action(inlet)
    local arguments = table.concat(world.spawned[#world.spawned].args, " ")
    return arguments:find("--files-from", 1, true) and "files" or "filter"
end

describe("a list of paths", function()
    it("names each path once, without the slash of a directory", function()
        local world, config = sync_with {}
        local arguments, stdin = run(
            world, config, { { "Create", "/d/" }, { "Create", "/d/f" }, { "Attrib", "/d/f" }, { "Modify", "/#" } }
        )
        expect.equal({ arguments, stdin }, { PLAIN, "/d /d/f /#" })
        expect.equal(world.logged, { "Normal: Calling rsync with list of new/modified files/dirs\n/d\n/d/f\n/#" })
    end)

    it("has what is gone deleted where something was deleted", function()
        local world, config = sync_with {}
        local arguments, stdin = run(world, config, { { "Delete", "/f" }, { "Create", "/g" } })
        expect.equal({ arguments, stdin }, { DELETING, "/f /g" })
    end)

    for _, delete in ipairs { false, "startup" } do
        it("deletes nothing with delete = " .. tostring(delete), function()
            local world, config = sync_with { delete = delete }
            expect.equal((run(world, config, { { "Delete", "/f" } })), PLAIN)
        end)
    end

    it('deletes with delete = "running"', function()
        local world, config = sync_with { delete = "running" }
        expect.equal((run(world, config, { { "Delete", "/f" } })), DELETING)
    end)
end)

describe("the form of a batch", function()
    local function is(options, changes, versions)
        return function(expected) expect.equal(form_of(options, changes, versions), expected) end
    end

    it("is a list for files and new directories", function()
        is({}, { { "Create", "/d/" }, { "Modify", "/f" }, { "Delete", "/g" }, { "Attrib", "/d/" } }) "files"
    end)

    it("is rules for a directory that was deleted, which may be there again", function()
        is({}, { { "Create", "/f" }, { "Delete", "/d/" } }) "filter"
    end)

    it("is rules for a move, and for the root", function()
        is({}, { { "Move", "/f", "/g" } }) "filter"
        is({}, { { "Attrib", "/" } }) "filter"
    end)

    it("is rules with an rsync that is too old, unknown, or not there", function()
        is({}, nil, { rsync = OLD }) "filter"
        is({}, nil, { rsync = "openrsync: protocol version 29" }) "filter"
        is({}, nil, {}) "filter"
    end)

    it("is a list with any later release", function()
        for _, version in ipairs { "3.2.4", "3.3.0", "3.10.0pre1", "v4.0.0" } do
            is({}, nil, { rsync = "rsync  version " .. version .. "  protocol version 31" }) "files"
        end
    end)

    it("is rules where the program bears another name, and nobody asks it anything", function()
        local world, config = sync_with({ rsync = { binary = "/bin/wrapper" } }, { ["/bin/wrapper"] = NEW })
        expect.equal({ form(world, config, { { "Create", "/f" } }), world.asked }, { "filter", {} })
    end)

    it("is a list where rsync lies elsewhere", function()
        is({ rsync = { binary = "/opt/bin/rsync" } }, nil, { ["/opt/bin/rsync"] = NEW }) "files"
    end)

    it('is rules with transfer = "filter", and rsync is not asked', function()
        local world, config = sync_with { rsync = { transfer = "filter" } }
        expect.equal({ form(world, config, { { "Create", "/f" } }), world.asked }, { "filter", {} })
    end)

    it('is a list with transfer = "files" whatever the program is', function()
        is({ rsync = { transfer = "files", binary = "/bin/wrapper" } }) "files"
    end)

    it('is rules with compat = "2.3", whatever else is said', function()
        is({ compat = "2.3", rsync = { transfer = "files" } }) "filter"
    end)

    it("is rules where rsync does not tell us how it ends", function()
        is { collect = function() end } "filter"
    end)

    for _, option in ipairs {
        "copy_dirlinks", "copy_links", "copy_unsafe_links", "cvs_exclude", "one_file_system", "prune_empty_dirs",
    } do
        it("is rules with " .. option .. ", which rsync does not apply to what it is given", function()
            is({ rsync = { [option] = true } }) "filter"
        end)
    end

    it("is rules with arguments in _extra that rsync does not apply to what it is given", function()
        for _, word in ipairs { "--exclude=*.o", "-f- x", "-F", "-r", "-avR", "--filter", "-C", "--delete", "x" } do
            is({ rsync = { _extra = { word } } }) "filter"
        end
        is({ rsync = { _extra = { "-v", { "--bwlimit=5", "--no-such-thing" } } } }) "filter"
    end)

    it("is a list with other arguments in _extra", function()
        is({ rsync = { _extra = { "--bwlimit=100", { "--numeric-ids" }, "-avz", "--partial-dir=.p" } } }) "files"
    end)

    it("is asked for once, at the first batch", function()
        local world, config = sync_with {}
        expect.equal(world.asked, {})
        form(world, config, { { "Create", "/f" } })
        form(world, config, { { "Create", "/g" } })
        expect.equal(world.asked, { "rsync" })
    end)
end)

-- What the refusal of such a sync says behind its place.
local function refusal(options, versions)
    local _, message = pcall(sync_with, options, versions)
    return (message:gsub("^%S+:%d+: ", ""))
end

describe("rsync.transfer", function()
    it("is one of two words", function()
        expect.equal(refusal { rsync = { transfer = "list" } }, 'rsync.transfer must be "files" or "filter"')
    end)

    it('= "files" is refused with an rsync that is too old', function()
        expect.equal(
            refusal({ rsync = { transfer = "files" } }, { rsync = OLD }),
            'rsync.transfer = "files" needs rsync 3.2.3 or later, but rsync is 3.2.2; '
                .. 'leave it out, or write "filter"'
        )
    end)

    it('= "files" is left alone where compat = "2.3" stands above it', function()
        sync_with({ compat = "2.3", rsync = { transfer = "files" } }, { rsync = OLD })
    end)
end)

describe("a list that failed", function()
    for _, code in ipairs { 23, 30, 255 } do
        it("with " .. code .. " goes by rules the next time, and others as lists", function()
            local world, config = sync_with {}
            local used, verdict, agent = ended(world, config, { { "Modify", "/f" } }, code)
            expect.equal({ used, verdict }, { "files", code == 23 and "partial" or "again" })
            expect.equal(again(world, agent), "filter")
            expect.equal(form(world, config, { { "Modify", "/g" } }), "files")
        end)
    end

    it("with 24 counts as brought", function()
        local world, config = sync_with {}
        local _, verdict, agent = ended(world, config, { { "Modify", "/f" } }, 24)
        expect.equal({ verdict, again(world, agent) }, { "ok", "files" })
    end)

    for _, code in ipairs { 1, 2, 4 } do
        it("with " .. code .. " is no reason to die", function()
            local world, config = sync_with {}
            local used, verdict, agent = ended(world, config, { { "Delete", "/f" } }, code)
            expect.equal({ used, verdict, again(world, agent) }, { "files", "again", "filter" })
            expect.equal(
                world.logged[2],
                "Warn: rsync does not take a list of paths: exitcode = " .. code .. "; it is tried with filter rules."
            )
        end)
    end

    it("and fails by rules too means what the code means", function()
        local world, config = sync_with {}
        local _, _, agent = ended(world, config, { { "Delete", "/f" } }, 2)
        again(world, agent)
        expect.equal(world.default.rsync.collect(agent, 2), "die")
    end)

    it("twice, with deletions, has deletions go by rules from then on, and all else as lists", function()
        local world, config = sync_with {}
        ended(world, config, { { "Delete", "/f" } }, 2)
        ended(world, config, { { "Delete", "/g" } }, 2)
        expect.equal(form(world, config, { { "Delete", "/h" } }), "filter")
        expect.equal(form(world, config, { { "Create", "/h" } }), "files")
        expect.equal(
            world.logged[4],
            "Warn: From now on rsync gets filter rules for deletions instead of lists of paths: "
                .. "it, or rsync at the target, may be too old."
        )
    end)

    it("twice, without deletions, has all go by rules from then on", function()
        local world, config = sync_with {}
        ended(world, config, { { "Create", "/f" } }, 12)
        ended(world, config, { { "Create", "/g" } }, 12)
        expect.equal(form(world, config, { { "Create", "/h" } }), "filter")
        expect.equal(form(world, config, { { "Delete", "/h" } }), "filter")
    end)

    it("with 12 says nothing about lists where one has gone well before", function()
        local world, config = sync_with {}
        ended(world, config, { { "Create", "/f" } }, 0)
        for _ = 1, 5 do
            ended(world, config, { { "Create", "/f" } }, 12)
        end
        ended(world, config, { { "Create", "/f" } }, 0) -- by rules, for what the last one may have left
        expect.equal(form(world, config, { { "Create", "/h" } }), "files")
    end)

    it("with 2 now and then says nothing about lists either", function()
        local world, config = sync_with {}
        for _ = 1, 3 do
            ended(world, config, { { "Delete", "/f" } }, 2)
            ended(world, config, { { "Delete", "/g" } }, 0)
        end
        expect.equal(form(world, config, { { "Delete", "/h" } }), "files")
    end)
end)

describe("default.direct", function()
    it("uses no lists, and asks no rsync", function()
        local world = fakes.world()
        world.versions = { rsync = NEW }
        local config = fakes.config(world, "direct", { target = "/t/" })
        world.default.direct.prepare(config, 1)
        world.default.rsyncBatch(fakes.elist(config, { fakes.event(config, "Create", "/f") }))
        local arguments = table.concat(world.spawned[1].args, " ")
        expect.equal({ arguments:find("--include-from=-", 1, true) ~= nil, world.asked }, { true, {} })
    end)
end)
