-- The include rules for a batch (spec 4.1); those for plain names were read off the real daemon.

local describe, it, expect, fakes = ...

local function rules_for(changes, compat)
    local world = fakes.world()
    local inlet = fakes.inlet(world, { source = "/s/", compat = compat }, changes)
    return world.default.rsyncRules(inlet.getEvents(function() return true end))
end

-- what happened, and the rules
local CASES = {
    { "a file at the top", { { "Create", "/g" } }, { "/g", "/" } },
    { "a file below", { { "Modify", "/a/b/f" } }, { "/a/b/f", "/a/b/", "/a/", "/" } },
    {
        "several files, each rule once, in order of first need",
        { { "Create", "/d/" }, { "Create", "/d/f" }, { "Create", "/g" }, { "Create", "/d/e/" }, { "Create", "/d/f" } },
        { "/d/", "/", "/d/f", "/g", "/d/e/" },
    },
    {
        "a deleted directory, with all below it",
        { { "Delete", "/del/sub/f" }, { "Delete", "/del/sub/" }, { "Delete", "/del/" } },
        { "/del/sub/f", "/del/sub/", "/del/", "/", "/del/sub/***", "/del/***" },
    },
    { "an empty directory that was deleted", { { "Delete", "/q/" } }, { "/q/***", "/q/", "/" } },
    { "a deleted file", { { "Delete", "/f" } }, { "/f", "/" } },
    { "a moved file", { { "Move", "/a", "/b/c" } }, { "/a", "/", "/b/c", "/b/" } },
    { "a moved directory", { { "Move", "/a/", "/b/" } }, { "/a/***", "/a/", "/", "/b/***", "/b/" } },
    { "changed attributes of a directory", { { "Attrib", "/q/" } }, { "/q/", "/" } },

    { "a star", { { "Create", "/a*b" } }, { "/a\\*b", "/" } },
    { "a question mark", { { "Create", "/a?b" } }, { "/a\\?b", "/" } },
    { "brackets", { { "Create", "/x y/[z]" } }, { "/x y/\\[z\\]", "/x y/", "/" } },
    { "a bracket that only closes, which is no wildcard", { { "Create", "/a]b" } }, { "/a]b", "/" } },
    { "a backslash without wildcards, which rsync takes literally", { { "Create", "/a\\b" } }, { "/a\\b", "/" } },
    { "a backslash with a wildcard", { { "Create", "/a\\b*" } }, { "/a\\\\b\\*", "/" } },
    { "a backslash above a wildcard", { { "Create", "/a\\b/*" } }, { "/a\\\\b/\\*", "/a\\b/", "/" } },
    { "a backslash at the end, with a wildcard", { { "Create", "/*\\" } }, { "/\\*\\\\", "/" } },
    { "a deleted directory with a backslash", { { "Delete", "/d\\/" } }, { "/d\\\\/***", "/d\\/", "/" } },
    { "a file called ***", { { "Create", "/d/***" } }, { "/d/\\*\\*\\*", "/d/", "/" } },
    { "a line feed, quotes, a dash", { { "Create", "/n\nl" }, { "Create", "/-'\"" } }, { "/n\nl", "/", "/-'\"" } },
    { "bytes that are not UTF-8", { { "Create", "/\xff\xfe" } }, { "/\xff\xfe", "/" } },
    {
        "a name whose rule would be longer than rsync takes",
        { { "Create", "/" .. ("*"):rep(2047) .. "\\" } },
        { "/" .. ("?"):rep(2048), "/" },
    },
}

describe("the rules for", function()
    for _, case in ipairs(CASES) do
        it(case[1], function()
            expect.equal(rules_for(case[2]), case[3])
        end)
    end

    it("hostile names are as Lsyncd has them with compat", function()
        expect.equal(rules_for({ { "Create", "/b]c" } }, "2.3"), { "/b\\]c", "/" })
        expect.equal(rules_for({ { "Create", "/w*\\z" } }, "2.3"), { "/w\\*\\z", "/" })
        expect.equal(rules_for({ { "Delete", "/back\\dir/" } }, "2.3"), { "/back\\dir/***", "/back\\dir/", "/" })
    end)

    it("files with several names, where rsync keeps those together", function()
        local plain = { "/d/f", "/d/", "/" }
        local linked = { "/d/f", "/d/", "/", "/a\\[1\\]", "/d/e/g", "/d/e/" }
        for keeps, wanted in pairs { [true] = linked, [false] = plain } do
            local world = fakes.world()
            world.other_names = { "/a[1]", "/d/e/g" }
            local config = { source = "/s/", rsync = { hard_links = keeps } }
            local inlet = fakes.inlet(world, config, { { "Modify", "/d/f" } })
            expect.equal(world.default.rsyncRules(inlet.getEvents(function() return true end)), wanted)
        end
    end)

    it("other names of a file are not thought of with compat", function()
        local world = fakes.world()
        world.other_names = { "/a" }
        local config = { source = "/s/", compat = "2.3", rsync = { hard_links = true } }
        local inlet = fakes.inlet(world, config, { { "Modify", "/f" } })
        expect.equal(world.default.rsyncRules(inlet.getEvents(function() return true end)), { "/f", "/" })
    end)

    it("no events are none", function()
        expect.equal(rules_for {}, {})
    end)
end)
