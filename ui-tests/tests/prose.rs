//! The rules for plain English in CONTRIBUTING.md, as far as a program can see them: in what the public
//! reads, and in the comments of the code, no word that hides who does what; hardly a paragraph that opens
//! with a question word; and a sentence with a verb under `# Errors` and `# Panics`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, mem};

/// Each hides the actor or turns a function into a person. CONTRIBUTING.md says what to write instead.
const FORBIDDEN: [&str; 20] = [
    "nobody",
    "no one",
    "anybody",
    "somebody",
    "hear",
    "hears",
    "minds",
    "tell",
    "tells",
    "told",
    "answer",
    "answers",
    "answered",
    "all the same",
    "in its turn",
    "in their turn",
    "is no",
    "are no",
    "is none",
    "be content",
];

const QUESTIONS: [&str; 6] = ["What", "Where", "Whether", "Who", "How", "Which"];

/// A paragraph, and the line of its file on which it begins.
struct Paragraph {
    file: PathBuf,
    line: usize,
    text: String,
    kind: Kind,
    /// The heading right before it.
    heading: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Page,
    Rustdoc,
    Comment,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn files_in(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !matches!(name.as_str(), "target" | "snapshots" | "node_modules") {
                files_in(&path, found);
            }
        } else if path.extension().is_some_and(|found| found == "rs" || found == "md") {
            found.push(path);
        }
    }
}

/// Returns everything that the public reads: the pages, the sources of both crates and of the examples,
/// the first line of every diagnostic, and what a newcomer to the tests begins with.
fn published() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in [
        "dispose-core/src",
        "dispose-core/docs",
        "dispose-derive/src",
        "dispose-derive/docs",
        "examples",
    ] {
        files_in(&root().join(folder), &mut found);
    }
    for page in fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path()) {
        if page.extension().is_some_and(|found| found == "md") {
            found.push(page);
        }
    }
    for file in [
        "dispose-core/tests/support/mod.rs",
        "ui-tests/MESSAGES.md",
        "tests/FIELD.md",
        "tests/src/lib.rs",
        "tests/tests/field/row.rs",
    ] {
        found.push(root().join(file));
    }
    found.sort();
    found
}

/// Returns the paragraphs of a file, without code. A list's items and a table's rows are paragraphs too.
fn paragraphs(file: &Path) -> Vec<Paragraph> {
    let text = fs::read_to_string(file).unwrap();
    let is_source = file.extension().is_some_and(|found| found == "rs");
    let mut found: Vec<Paragraph> = Vec::new();
    let (mut open, mut in_code) = (false, false);
    let (mut kind, mut heading) = (Kind::Page, String::new());
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_start();
        let prose = if is_source {
            let doc = line.strip_prefix("///").or_else(|| line.strip_prefix("//!"));
            let comment = line.strip_prefix("// ").map(|text| (Kind::Comment, text));
            doc.map(|text| (Kind::Rustdoc, text)).or(comment)
        } else {
            Some((Kind::Page, line))
        };
        let Some((found_kind, prose)) = prose.map(|(kind, text)| (kind, text.trim())) else {
            (open, in_code) = (false, false);
            heading.clear();
            continue;
        };
        open &= found_kind == kind;
        in_code &= found_kind == kind;
        kind = found_kind;
        if prose.starts_with("```") {
            (open, in_code) = (false, !in_code);
            continue;
        }
        if in_code || prose.is_empty() || prose.starts_with('#') || prose.starts_with("<!--") {
            open = false;
            if prose.starts_with("# ") {
                prose.clone_into(&mut heading);
            }
            continue;
        }
        let begins = ["- ", "* ", "| "].iter().any(|mark| prose.starts_with(mark));
        if !open || begins {
            found.push(Paragraph {
                file: file.to_owned(),
                line: index + 1,
                text: String::new(),
                kind,
                heading: mem::take(&mut heading),
            });
        }
        open = true;
        let paragraph = found.last_mut().unwrap();
        paragraph.text.push_str(prose);
        paragraph.text.push(' ');
    }
    found
}

/// Removes what stands between backquotes, which is code.
fn without_code(text: &str) -> String {
    text.split('`').step_by(2).collect::<Vec<_>>().join("`")
}

/// Returns the words in lower case, each with a space on both sides.
fn words(text: &str) -> String {
    let mut words = String::from(" ");
    for word in text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '`') {
        if !word.is_empty() {
            words.push_str(&word.to_lowercase());
            words.push(' ');
        }
    }
    words
}

fn at(paragraph: &Paragraph) -> String {
    let file = paragraph.file.strip_prefix(root()).unwrap_or(&paragraph.file);
    format!("{}:{}", file.display(), paragraph.line)
}

#[test]
fn no_forbidden_word_is_used() {
    let mut found = String::new();
    for paragraph in published().iter().flat_map(|file| paragraphs(file)) {
        // The rule itself names them.
        if paragraph.text.contains("Forbidden words:") {
            continue;
        }
        let words = words(&without_code(&paragraph.text));
        for word in FORBIDDEN {
            if words.contains(&format!(" {word} ")) {
                let _ = writeln!(found, "{}: {word}", at(&paragraph));
            }
        }
    }
    assert!(found.is_empty(), "\n{found}");
}

#[test]
fn hardly_a_paragraph_opens_with_a_question() {
    let mut found = String::new();
    let (mut all, mut opened) = (0, 0);
    let documented = published().into_iter().flat_map(|file| paragraphs(&file));
    for paragraph in documented.filter(|paragraph| paragraph.kind == Kind::Rustdoc) {
        all += 1;
        let first = paragraph.text.split([' ', ',']).next().unwrap_or_default();
        if QUESTIONS.contains(&first) {
            opened += 1;
            let _ = writeln!(found, "{}: {}", at(&paragraph), paragraph.text);
        }
    }
    println!("{opened} of {all} paragraphs of documentation open with a question word");
    assert!(opened * 100 < all, "{opened} of {all}\n{found}");
}

/// Under `# Errors` and `# Panics` stands a sentence, which begins with its verb. The examples of a crate
/// that is private and a page are free.
#[test]
fn errors_and_panics_are_sentences() {
    let mut found = String::new();
    for paragraph in published().iter().flat_map(|file| paragraphs(file)) {
        let verb = match &*paragraph.heading {
            "# Errors" => "Returns ",
            "# Panics" => "Panics ",
            _ => continue,
        };
        if !paragraph.text.starts_with(verb) {
            let _ = writeln!(found, "{}: {}", at(&paragraph), paragraph.text);
        }
    }
    assert!(found.is_empty(), "\n{found}");
}

#[test]
fn the_rules_are_seen() {
    let of = |text: &str| words(&without_code(text));
    assert!(of("It is no list; nobody asks.").contains(" is no "));
    assert!(!of("`nobody` is a user").contains(" nobody "));
    assert!(!of("is not").contains(" is no "));
}
