//! The errors of another compiler, in the folder that `OTHER_ERRORS` names, stand where those
//! in `fail` do: each error of ours at the same tokens. The words may differ.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// An error's code, the line and column it points at, and what is underlined there.
type Place<'a> = (&'a str, &'a str, &'a str);

fn places(text: &str) -> Vec<Place<'_>> {
    let mut places = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if !line.starts_with("error") {
            continue;
        }
        let code = line.split(':').next().unwrap_or(line);
        let at = lines.find_map(|line| line.trim_start().strip_prefix("--> "));
        let carets = lines.by_ref().find(|line| line.contains('^')).unwrap_or_default();
        let start = carets.find('^').unwrap_or_default();
        let end = carets.rfind('^').map_or(0, |last| last + 1);
        places.push((code, at.unwrap_or_default(), &carets[start..end]));
    }
    places.sort_unstable();
    places
}

fn errors(folder: &Path) -> Vec<PathBuf> {
    let folders = fs::read_dir(folder).unwrap().map(|folder| folder.unwrap().path());
    let files = folders.flat_map(|folder| fs::read_dir(folder).unwrap());
    let mut files: Vec<_> = files
        .map(|file| file.unwrap().path())
        .filter(|file| file.extension().is_some_and(|extension| extension == "stderr"))
        .collect();
    files.sort();
    files
}

/// Where the other compiler underlines the first token of a closure, as there is none with the place of all.
const FIRST_TOKEN_ONLY: [&str; 1] = ["clone/result_of_a_code.stderr"];

#[test]
fn errors_of_another_compiler_keep_their_places() {
    let Some(other) = env::var_os("OTHER_ERRORS") else { return };
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("fail");
    let mut wrong = String::new();
    for file in errors(&ours) {
        let name = file.strip_prefix(&ours).unwrap();
        let read = |file: &Path| fs::read_to_string(file).unwrap_or_default();
        let (ours, theirs) = (read(&file), read(&Path::new(&other).join(name)));
        let (mut ours, mut theirs) = (places(&ours), places(&theirs));
        if FIRST_TOKEN_ONLY.iter().any(|only| name.ends_with(only)) {
            for place in ours.iter_mut().chain(&mut theirs) {
                place.2 = "^";
            }
        }
        if ours != theirs {
            let _ = writeln!(wrong, "{}:\n  {ours:?}\n  {theirs:?}", name.display());
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_place_is_the_code_the_position_and_the_underlined_tokens() {
    let text = "\
error[E0277]: words
 --> fail/a.rs:3:10
  |
2 | #[derive(Dispose)]
  |          ------- here
3 |     part: Part,
  |           ^^^^ words
error: others
  --> fail/a.rs:5:1
   |
5  | x
   | ^
";
    let expected = [("error", "fail/a.rs:5:1", "^"), ("error[E0277]", "fail/a.rs:3:10", "^^^^")];
    assert_eq!(places(text), expected);
}
