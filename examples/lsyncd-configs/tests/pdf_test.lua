-- Tests of pdf.lua. Run: pylsyncd test examples/lsyncd-configs/tests

describe("the converter", function()
    local config = fake.load("../pdf.lua")[1]

    local function react(etype, path)
        local _, events = fake.inlet { config = config, { etype, path } }
        config["on" .. etype](events[1])
        return spawned()
    end

    it("converts documents, whatever the case of their names", function()
        local source, target = "/srv/documents/", "/srv/pdf"
        expect(react("Create", "/a/Letter.ODT")).spawned { "sh", "-c", any, "sh", source, target, "./a/Letter.ODT" }
    end)

    it("passes by what is no document", function()
        expect(react("Create", "/photo.jpg")).spawned {}
        expect(react("Modify", "/README")).spawned {}
        expect(react("Create", "/drafts.odt/")).spawned {}
    end)

    it("removes the PDF of a document that goes", function()
        expect(react("Delete", "/a/letter.odt")).spawned { "rm", "-f", "--", "/srv/pdf/a/letter.odt.pdf" }
    end)

    it("removes the directory of a directory that goes", function()
        expect(react("Delete", "/a/")).spawned { "rm", "-rf", "--", any.like "/a$" }
    end)

    it("runs one LibreOffice at a time, and leaves its locks alone", function()
        local world = simulate("../pdf.lua", { env = { SYNC_SOURCE = "/srv/documents" } })
        world.start()
        world.clear()
        world.hold()
        world.create ".~lock.a.odt#"
        world.create "a.odt"
        world.create "b.odt"
        world.wait(10)
        expect(world).spawned { "sh", any.rest }
        world.release()
        expect(#world.spawned()).equals(2)
    end)
end)
