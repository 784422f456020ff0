//! One mistake a file, which is named for it. `.ci/bless ui` writes the errors and their table.
//!
//! To add a case, copy a file of `fail/`, write the mistake, run `.ci/bless ui` and read the new `.stderr`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[test]
fn mistakes_have_their_messages() {
    let tests = trybuild::TestCases::new();
    tests.compile_fail("fail/*/*.rs");
    tests.pass("pass/*.rs");
}

fn files(extension: &str) -> Vec<PathBuf> {
    let fail = Path::new(env!("CARGO_MANIFEST_DIR")).join("fail");
    let folders = fs::read_dir(fail).unwrap().map(|folder| folder.unwrap().path());
    let files = folders.flat_map(|folder| fs::read_dir(folder).unwrap());
    let mut files: Vec<_> = files
        .map(|file| file.unwrap().path())
        .filter(|file| file.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    files
}

#[test]
fn every_message_belongs_to_a_mistake() {
    let sources = files("rs");
    let messages = files("stderr");
    let of_sources: Vec<_> = sources.iter().map(|file| file.with_extension("stderr")).collect();
    assert_eq!(messages, of_sources, "a `.stderr` without its `.rs`, or the other way round");
}

/// An error, and what belongs to it, per mistake. The files named here make two on purpose, or rustc
/// adds one of its own. An attack is not a mistake.
#[test]
fn one_mistake_is_one_error() {
    const SEVERAL: [&str; 6] = [
        "several_mistakes",
        "forgotten_twice",
        "both_derives",
        "clone_derived",
        "dyn_close",
        "part_is_only_dispose",
    ];
    let is_attack = |file: &PathBuf| file.parent().is_some_and(|folder| folder.ends_with("attack"));
    for file in files("stderr").iter().filter(|file| !is_attack(file)) {
        let text = fs::read_to_string(file).unwrap();
        let errors = text.lines().filter(|line| line.starts_with("error")).count();
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        if !SEVERAL.contains(&&*name) {
            assert_eq!(errors, 1, "{}:\n{text}", file.display());
        }
    }
}

/// Our own messages, the errors without a code, name what they are about and keep to one form.
#[test]
fn messages_keep_to_the_form() {
    for file in files("stderr") {
        let text = fs::read_to_string(&file).unwrap();
        for message in text.lines().filter_map(|line| line.strip_prefix("error: ")) {
            assert!(
                message.contains('`'),
                "{}: names no key, field or attribute: {message}",
                file.display()
            );
            assert!(!message.ends_with('.'), "{}: ends in a full stop: {message}", file.display());
            let first = message.chars().next().unwrap();
            assert!(!first.is_uppercase(), "{}: starts in upper case: {message}", file.display());
        }
    }
}

/// `MESSAGES.md` lists the message for each mistake. `.ci/bless ui` writes it.
#[test]
fn the_table_of_messages_is_true() {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("MESSAGES.md");
    let mut expected = String::from(
        "# The message for each mistake\n\n\
         The first line of each error. The whole error, with its place, is in the `.stderr` file beside\n\
         the mistake. A message with a code is rustc's, mostly with words of ours.\n\n\
         | mistake | message |\n|---|---|\n",
    );
    for file in files("stderr") {
        let text = fs::read_to_string(&file).unwrap();
        let message = text.lines().find(|line| line.starts_with("error")).unwrap();
        let folder = file.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let message = message.replace('|', "\\|");
        writeln!(expected, "| [{folder}/{name}](fail/{folder}/{name}.rs) | {message} |").unwrap();
    }
    if env::var_os("BLESS").is_some() {
        fs::write(&table, &expected).unwrap();
    }
    assert_eq!(fs::read_to_string(&table).unwrap(), expected);
}
