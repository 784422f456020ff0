//! Generates, compiles and runs: `dispose-generated [SHAPES [SEED]]`.
//!
//! The generated programs are left in `target/generated`, for reading.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::{env, fs};

use dispose_generated::shape::{Derive, Shape};
use dispose_generated::source;

/// How many shapes one program has: few take long to link, many keep one core waiting.
const BATCH: u64 = 125;

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1).map(|argument| argument.parse().expect("a number"));
    let shapes: u64 = arguments.next().unwrap_or(2_000);
    let seed: u64 = arguments.next().unwrap_or(1);
    println!("{shapes} shapes from seed {seed} on");

    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = package.join("../../target/generated");
    let programs = folder.join("src/bin");
    let _ = fs::remove_dir_all(&programs);
    fs::create_dir_all(&programs).expect("a folder");
    fs::write(
        folder.join("Cargo.toml"),
        format!(
            "[package]\nname = \"generated\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
             [dependencies]\ndispose-core.path = \"{core}\"\ndispose-generated.path = \"{package}\"\n\
             [profile.dev]\ndebug = false\nincremental = false\n[workspace]\n",
            core = package.join("../../dispose-core").display(),
            package = package.display(),
        ),
    )
    .expect("a manifest");
    // The same versions as ours.
    fs::copy(package.join("../../Cargo.lock"), folder.join("Cargo.lock")).expect("a lock file");
    let mut names = Vec::new();
    for from in (seed..seed + shapes).step_by(usize::try_from(BATCH).expect("a small number")) {
        let name = format!("from_{from}");
        let program = program(from..(from + BATCH).min(seed + shapes));
        fs::write(programs.join(format!("{name}.rs")), program).expect("a program");
        names.push(name);
    }

    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "-q", "--bins", "--target-dir"])
        .arg(folder.join("target"))
        .current_dir(&folder)
        .status()
        .expect("cargo runs");
    if !built.success() {
        println!("the generated programs do not compile");
        return ExitCode::FAILURE;
    }
    let mut sums = [0_u64; 3];
    for name in names {
        let output = Command::new(folder.join("target/debug").join(&name))
            .output()
            .expect("the program runs");
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8_lossy(&output.stdout);
        let numbers: Vec<u64> =
            text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        let [shapes, runs, differing] = numbers[..] else {
            println!("{name} did not come to its end: {}", output.status);
            return ExitCode::FAILURE;
        };
        sums = [sums[0] + shapes, sums[1] + runs, sums[2] + differing];
    }
    let [done, runs, differing] = sums;
    let depths = (1..=4).map(|depth| {
        let count = (seed..seed + shapes).filter(|seed| Shape::new(*seed).depth() == depth).count();
        format!("{count} of depth {depth}")
    });
    println!("{done} shapes ({})", depths.collect::<Vec<_>>().join(", "));
    println!("{runs} lives, {differing} not as predicted");
    if done == shapes && differing == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn program(seeds: std::ops::Range<u64>) -> String {
    let mut program = String::from("#![allow(dead_code)]\n");
    let mut table = String::new();
    for seed in seeds {
        let shape = Shape::new(seed);
        let _ = writeln!(
            program,
            "mod s{seed} {{\n#[allow(unused_imports)]\nuse std::{{cell::{{Cell, RefCell}}, collections::VecDeque}};\n\
             #[allow(unused_imports)]\nuse dispose_core::{{Close, Dispose, status}};\n\
             #[allow(unused_imports)]\nuse dispose_generated::run::*;\n{}}}",
            source::of(&shape)
        );
        let root = match shape.root_type().derive {
            Derive::Dispose => "InPlace",
            Derive::Close if shape.is_try_close() => "Tried",
            Derive::Close => "ByValue",
        };
        let _ = writeln!(table, "    ({seed}, || Box::new({root}(s{seed}::root()))),");
    }
    let _ = writeln!(
        program,
        "#[allow(unused_imports)]\nuse dispose_generated::run::{{ByValue, InPlace, Tried, main as run}};\nfn main() {{\n    run(&[\n{table}    ]);\n}}"
    );
    program
}
