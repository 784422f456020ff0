'use strict'
// What a user of Node.js sees. Linux: /dev/full takes nothing, and says so when it is written to.

const assert = require('node:assert/strict')
const { execFileSync, spawn, spawnSync } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { beforeEach, afterEach, describe, test } = require('node:test')
const { Journal } = require('..')

const full = { errno: -28, code: 'ENOSPC', message: /^failed to dispose `Journal`: file: / }

let folder, file, reader

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'journal-'))
  file = path.join(folder, 'journal')
})

afterEach(() => {
  if (reader !== undefined) fs.closeSync(reader) // or a test that failed waits
  reader = undefined
  fs.rmSync(folder, { recursive: true })
})

const content = () => fs.readFileSync(file, 'utf8')

/** A journal whose close fails. */
function openFull() {
  const journal = new Journal('/dev/full')
  journal.append('no room for this')
  return journal
}

/** A pipe at `file`, with a `reader`. */
function openReader() {
  execFileSync('mkfifo', [file])
  reader = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
}

/** A journal whose `flush` waits for the reader. */
function openPipe() {
  openReader()
  const journal = new Journal(file)
  journal.append('x'.repeat(99_999)) // more than a pipe holds
  return journal
}

/** Reads once there is something to read. */
async function read() {
  for (;;) {
    try {
      return fs.readSync(reader, Buffer.alloc(4096))
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }
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

  test('a closed journal cannot be used', async () => {
    const journal = new Journal(file)
    journal.close()
    assert.throws(() => journal.append('two'), /`Journal` has been disposed/)
    assert.throws(() => journal.flush(), /`Journal` has been disposed/)
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

  test('a panic is an error', () => {
    using journal = new Journal(file)
    assert.throws(() => journal.append('two\nlines'), /a record is one line/)
    journal.append('one')
  })
})

describe('threads', () => {
  test('a close while another thread is in a call is deferred', async () => {
    const journal = openPipe()
    const flushed = journal.flush()
    let n = await read() // so the other thread is in the call
    journal.close()
    assert.throws(() => journal.append('more'), /`Journal` has been disposed/)
    // The rest arrives, and then the end of the file, as the call closes it.
    for (let more = 1; more > 0; n += more) more = await read()
    assert.equal(n, 100_000)
    await flushed
  })

  test('a failure of a deferred close is reported', async () => {
    const journal = openPipe()
    const warning = once(process, 'warning')
    const flushed = journal.flush()
    await read()
    journal.close()
    fs.closeSync(reader)
    reader = undefined
    await assert.rejects(flushed, { errno: -32, code: 'EPIPE' })
    const [failure] = await warning
    assert.equal(failure.code, 'EPIPE')
    assert.match(failure.message, /^failed to dispose `Journal`: file: /)
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

describe('exit', () => {
  const hold = "globalThis.held = new Journal(process.argv[1]); held.append('one'); "

  test('at the end of the program what is held is released', () => {
    assert.equal(child(hold), '')
    assert.equal(content(), 'one\n')
  })

  test('a failure is reported', () => {
    fs.symlinkSync('/dev/full', file)
    assert.match(child(hold), /^failed to dispose `Journal`: file: /)
  })

  test('process.exit releases nothing', () => {
    assert.equal(child(hold + 'process.exit()'), '')
    assert.equal(content(), '')
  })

  test('an uncaught error releases nothing', () => {
    assert.match(child(hold + "throw new Error('uncaught')", 1), /uncaught/)
    assert.equal(content(), '')
  })

  test('process.exit waits for a call of another thread', async () => {
    openReader()
    const script = `
      const journal = new (require('.').Journal)(process.argv[1])
      journal.append('x'.repeat(99_999))
      journal.flush()
      process.on('exit', () => console.log('exits'))
      setTimeout(() => process.exit(), 50)
    `
    const child = spawn(process.execPath, ['-e', script, file], { cwd: path.join(__dirname, '..') })
    await once(child.stdout, 'data')
    await new Promise((resolve) => setTimeout(resolve, 200))
    assert.equal(child.exitCode, null)
    for (let n = 0; n < 100_000; ) n += await read()
    if (child.exitCode === null) await once(child, 'exit')
    assert.equal(child.exitCode, 0)
  })
})
