-- What a user of Lua sees. Linux: /dev/full takes nothing, and says so when it is written to.

local journal = require("journal")
local unit = require("luaunit")

local ENOSPC = 28

local function content(path)
    local file <close> = assert(io.open(path))
    return file:read("a")
end

--- A journal whose close fails.
local function full()
    local full = assert(journal.open("/dev/full"))
    assert(full:append("no room for this"))
    return full
end

--- Runs `code` in an interpreter of its own: what it wrote to standard error, and its exit code.
local function child(code, path)
    local command = "LUA_CPATH='%s' lua5.4 -e 'local journal = require(\"journal\") %s' - %s 2>&1 </dev/null"
    local process = io.popen(command:format(package.cpath, code, path or ""))
    local output = process:read("a")
    local _, _, status = process:close()
    return output, status
end

TestJournal = {}

function TestJournal:setUp()
    self.path = os.tmpname()
end

function TestJournal:tearDown()
    os.remove(self.path)
end

function TestJournal:testTheBlockReleases()
    do
        local open <close> = journal.open(self.path)
        open:append("one")
        unit.assertEquals(content(self.path), "")
    end
    unit.assertEquals(content(self.path), "one\n")
end

function TestJournal:testAFailingCloseAnswersAsAFileDoes()
    local closed, message, errno = full():close()
    unit.assertNil(closed)
    unit.assertStrContains(message, "failed to dispose `Journal`: file: ")
    unit.assertEquals(errno, ENOSPC)
end

function TestJournal:testAFailingOpenToo()
    local _, message, errno = journal.open(self.path .. "/missing")
    unit.assertStrContains(message, "Not a directory")
    unit.assertEquals(errno, 20)
end

function TestJournal:testAFailingCloseIsAnErrorOfTheBlock()
    local ok, failure = pcall(function()
        local _ <close> = full()
    end)
    unit.assertFalse(ok)
    unit.assertEquals(failure.errno, ENOSPC)
    unit.assertStrContains(tostring(failure), "failed to dispose `Journal`: file: ")
end

function TestJournal:testASecondCloseDoesNothing()
    local twice = full()
    unit.assertNil(twice:close())
    unit.assertTrue(twice:close())
    local _ <close> = twice
end

function TestJournal:testAClosedJournalCannotBeUsed()
    local closed = journal.open(self.path)
    closed:close()
    unit.assertErrorMsgContains("`Journal` has been disposed", closed.append, closed, "two")
end

function TestJournal:testAnErrorOfTheBodyIsKeptBesideThatOfTheClose()
    local ok, failure = pcall(function()
        local _ <close> = full()
        error({ "body" })
    end)
    unit.assertFalse(ok)
    unit.assertEquals(failure.errno, ENOSPC)
    unit.assertEquals(failure.body, { "body" })
end

function TestJournal:testAnErrorOfTheBodyAloneIsItself()
    local body = {}
    local _, failure = pcall(function()
        local _ <close> = journal.open(self.path)
        error(body)
    end)
    unit.assertIs(failure, body)
end

function TestJournal:testAPanicIsAnError()
    local open <close> = journal.open(self.path)
    unit.assertErrorMsgContains("a record is one line", open.append, open, "two\nlines")
    unit.assertTrue(open:append("one"))
end

-- Lua has no threads: what is in a call while the journal is closed is a function that it calls.
function TestJournal:testACloseWithinACallIsDeferred()
    local open = journal.open(self.path)
    local n = 0
    unit.assertTrue(open:append(function()
        n = n + 1
        if n == 2 then
            unit.assertTrue(open:close())
            unit.assertError(open.append, open, "refused")
            unit.assertEquals(content(self.path), "")
        end
        return n <= 3 and tostring(n) or nil
    end))
    unit.assertEquals(content(self.path), "1\n2\n3\n")
end

function TestJournal:testAFailureOfADeferredCloseIsReported()
    local output, status = child([[
        local full = journal.open("/dev/full")
        full:append(function()
            if full then full:close() full = nil return "no room" end
        end)
        print("goes on")
    ]])
    unit.assertStrMatches(output, "failed to dispose `Journal`: file: .*os error 28%)\ngoes on\n")
    unit.assertEquals(status, 0)
end

function TestJournal:testAForgottenJournalIsReleased()
    journal.open(self.path):append("one")
    collectgarbage()
    unit.assertEquals(content(self.path), "one\n")
end

function TestJournal:testAFailureInTheCollectorIsReported()
    local output, status = child([[
        journal.open("/dev/full"):append("no room")
        collectgarbage()
        print("goes on")
    ]])
    unit.assertStrMatches(output, "failed to dispose `Journal`: file: .*os error 28%)\ngoes on\n")
    unit.assertEquals(status, 0)
end

local hold = [[held = journal.open(arg[1]) held:append("one") ]]

function TestJournal:testAtExitWhatIsHeldIsReleased()
    unit.assertEquals({ child(hold, self.path) }, { "", 0 })
    unit.assertEquals(content(self.path), "one\n")
end

function TestJournal:testAtExitAFailureIsReported()
    local output, status = child(hold, "/dev/full")
    unit.assertStrContains(output, "failed to dispose `Journal`: file: ")
    unit.assertEquals(status, 0)
end

function TestJournal:testAfterAnErrorWhatIsHeldIsReleased()
    local _, status = child(hold .. "error()", self.path)
    unit.assertEquals(status, 1)
    unit.assertEquals(content(self.path), "one\n")
end

function TestJournal:testOsExitReleasesOnlyIfItIsToCloseTheState()
    unit.assertEquals({ child(hold .. "os.exit(3)", self.path) }, { "", 3 })
    unit.assertEquals(content(self.path), "")
    unit.assertEquals({ child(hold .. "os.exit(3, true)", self.path) }, { "", 3 })
    unit.assertEquals(content(self.path), "one\n")
end

os.exit(unit.LuaUnit.run(), true)
