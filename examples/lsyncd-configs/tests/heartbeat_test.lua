-- Tests of heartbeat.lua and cron-full.lua: what goes by the clock. Run: pylsyncd test examples/lsyncd-configs/tests

describe("the heartbeat", function()
    it("goes on for a day without a word of trouble", function()
        local world = simulate("../heartbeat.lua", { env = { SYNC_INTERVAL = "60" } })
        world.wait(24 * 60 * 60)
        expect(world).never.logged "Warn"
        expect(world.exitcode()).equals(nil)
    end)
end)

describe("the nightly run", function()
    it("compares the whole tree at half past three", function()
        set_time "2026-03-02T03:29:00"
        local world = simulate("../cron-full.lua", { env = { SYNC_CRON = "0 30 3 * * *" } })
        world.start()
        world.clear()
        world.wait(59)
        expect(world).spawned {}
        world.wait(2)
        expect(world).spawned { "rsync", any.rest, at = 60 }
        world.wait(24 * 60 * 60)
        expect(#world.spawned()).equals(2)
    end)
end)
