-- Tests of delete-guard.lua. Run: pylsyncd test examples/lsyncd-configs/tests

local REFUSED = 99

describe("the guard", function()
    local world

    before_each(function()
        world = simulate("../delete-guard.lua", {
            env = { SYNC_SOURCE = "/srv/data", SYNC_TARGET = "/mnt/backup/data", SYNC_MAX_DELETE = false },
            insist = true,
            files = { "old", "dir/", "dir/inner" },
        })
    end)

    it("stands before the first transfer, which is that of the whole tree", function()
        expect(world).spawned { "sh", "-c", any.like "refused:", any.rest, stdin = { "/" } }
    end)

    it("passes changes on as a list, without what lies below a directory that is in it", function()
        world.start()
        world.clear()
        world.delete "dir/"
        world.write "old"
        world.wait(5)
        local list = world.spawned()[1].stdin
        expect(list).contains "/dir/\0"
        expect(list).contains "/old\0"
        expect(list).never.contains "/dir/inner\0"
    end)

    it("ends the sync when it refuses", function()
        world.exit(REFUSED)
        world.start()
        expect(world).logged "Error: Too much would be deleted in /mnt/backup/data/: this sync stops%."
        expect(world.exitcode()).equals(255) -- there is no other sync to go on for
    end)

    it("leaves the failures of rsync to the default", function()
        world.exit(255)
        world.start()
        world.clear()
        world.wait(60)
        expect(world).spawned { "sh", any.rest } -- once more
        expect(world.exitcode()).equals(nil)
    end)
end)
