// Runs a program for wasm32-wasip1: `wasi.mjs PROGRAM ARGUMENT…`, or each of some tests by itself, so that
// none finds what another left in the only thread there is: `wasi.mjs PROGRAM --each TEST…`.
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argv, env, exit } from "node:process";
import { WASI } from "node:wasi";

const [program, ...rest] = argv.slice(2);
const module = new WebAssembly.Module(readFileSync(program));

function run(args, output = {}) {
    const options = { version: "preview1", env, preopens: { "/": "/" }, returnOnExit: true };
    const wasi = new WASI({ ...options, args: [program, ...args], ...output });
    return wasi.start(new WebAssembly.Instance(module, { wasi_snapshot_preview1: wasi.wasiImport }));
}

if (rest[0] !== "--each") exit(run(rest));

const folder = mkdtempSync(join(tmpdir(), "wasi-"));
const failed = [];
for (const test of rest.slice(1)) {
    const path = join(folder, "output");
    const output = openSync(path, "w+");
    let code;
    try {
        code = run(["--exact", test], { stdout: output, stderr: output });
    } catch (trap) {
        code = trap;
    }
    closeSync(output);
    if (code !== 0) {
        failed.push(test);
        console.log(readFileSync(path, "utf8"), code);
    }
}
rmSync(folder, { recursive: true });
console.log(`${rest.length - 1 - failed.length} passed; ${failed.length} failed: ${failed.join(" ")}`);
exit(failed.length && 1);
