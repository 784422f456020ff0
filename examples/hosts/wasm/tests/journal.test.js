'use strict'
// What a user of Node.js sees. Linux: /dev/full takes nothing, and says so when it is written to.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { beforeEach, afterEach, describe, test } = require('node:test')
const { Journal } = require('..')

const full = { errno: -28, code: 'ENOSPC', message: 'failed to dispose `Journal`: file: no space left on device (os error 28)' }

let folder, file

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'journal-'))
  file = path.join(folder, 'journal')
})

afterEach(() => fs.rmSync(folder, { recursive: true }))

const content = () => fs.readFileSync(file, 'utf8')

/** A journal whose close fails. */
function openFull() {
  const journal = new Journal('/dev/full')
  journal.append('no room for this')
  return journal
}

/** Runs `code` in a process of its own. */
function child(code, status = 0) {
  const script = `const { Journal } = require('.'); ${code}`
  const options = { cwd: path.join(__dirname, '..'), encoding: 'utf8' }
  const child = spawnSync(process.execPath, ['-e', script, file], options)
  assert.equal(child.status, status, child.stderr)
  return child.stderr
}

describe('close', () => {
  test('the block releases', () => {
    {
      using journal = new Journal(file)
      journal.append('one')
      assert.equal(content(), '')
    }
    assert.equal(content(), 'one\n')
  })

  test('a failure is an error with its number', () => {
    assert.throws(() => openFull().close(), full)
    assert.throws(() => { using journal = openFull() }, full)
  })

  test('a failing open too', () => {
    assert.throws(() => new Journal(path.join(file, 'missing')), { errno: -2, code: 'ENOENT' })
  })

  test('the second does nothing', () => {
    using journal = openFull()
    assert.throws(() => journal.close(), full)
    journal.close()
  })

  test('a closed journal cannot be used', () => {
    const journal = new Journal(file)
    journal.close()
    assert.throws(() => journal.append('two'), /`Journal` has been disposed/)
  })

  test('an error of the body is kept beside that of the close', () => {
    const body = new Error('body')
    assert.throws(
      () => {
        using journal = openFull()
        throw body
      },
      (error) => {
        assert(error instanceof SuppressedError)
        assert.equal(error.suppressed, body)
        assert.equal(error.error.code, 'ENOSPC')
        return true
      },
    )
  })

  test("wasm-bindgen's own `free` loses the error: it is reported", async () => {
    const warning = once(process, 'warning')
    openFull().free()
    const [failure] = await warning
    assert.equal(failure.code, 'ENOSPC')
  })
})

describe('in a call (there are no threads)', () => {
  test('a close is deferred', () => {
    const journal = new Journal(file)
    journal.appendAll((function* () {
      yield 'one'
      journal.close()
      assert.throws(() => journal.append('more'), /`Journal` has been disposed/)
      assert.equal(content(), '')
      yield 'two'
    })())
    assert.equal(content(), 'one\ntwo\n')
  })

  test('a failure of a deferred close is reported', async () => {
    const warning = once(process, 'warning')
    const journal = openFull()
    journal.appendAll((function* () {
      journal.close()
    })())
    const [failure] = await warning
    assert.equal(failure.code, 'ENOSPC')
  })
})

describe('collector', () => {
  async function collected(condition) {
    for (let n = 0; n < 100 && !condition(); n++) {
      global.gc()
      await new Promise(setImmediate)
    }
  }

  test('a forgotten journal is released', async () => {
    new Journal(file).append('one')
    await collected(content)
    assert.equal(content(), 'one\n')
  })

  test('a failure is reported', async () => {
    const warnings = []
    process.once('warning', (warning) => warnings.push(warning))
    openFull()
    await collected(() => warnings.length > 0)
    assert.equal(warnings[0].code, 'ENOSPC')
  })
})

test('a panic is a trap: nothing is dropped, so its lease is never returned', () => {
  const stderr = child(`
    const journal = new Journal(process.argv[1])
    journal.append('one')
    try {
      journal.append('two\\nlines')
    } catch (error) {
      console.error(error.message)
    }
    journal.close()
  `)
  assert.equal(stderr, 'unreachable\n')
  assert.equal(content(), '')
})

describe('exit', () => {
  const hold = "globalThis.held = new Journal(process.argv[1]); held.append('one'); "

  for (const end of ['', 'process.exit()']) {
    test(`releases nothing: ${end || 'end of program'}`, () => {
      assert.equal(child(hold + end), '')
      assert.equal(content(), '')
    })
  }
})
