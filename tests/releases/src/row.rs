//! One row: declared next to what shows it, run in a process of its own, and its line on the page.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::{env, fs, process};

use crate::Library;
use crate::provoke;
use crate::seen::{Cell, Seen};

/// The folder in which a row's process may write. It also distinguishes such a process from the first one.
pub(crate) const SCRATCH: &str = "DISPOSE_RELEASES_SCRATCH";

/// The beginning of a line that a row's process prints for the first one.
const MARK: &str = "\u{1e}";

/// A handle and its release. See [`row!`](crate::row!).
pub struct Row {
    /// The family and the name: the path of its test.
    pub name: &'static str,
    /// The library.
    pub library: &'static Library,
    /// The kind of handle.
    pub handle: &'static str,
    /// The function or functions that release it.
    pub release: &'static str,
    /// The source of the wrapper.
    pub source: &'static str,
    /// The body that shows the claims.
    pub shows: fn(&mut Seen),
    outcome: OnceLock<Outcome>,
}

/// A row on the list of all.
pub struct Listed(pub &'static Row);

inventory::collect!(Listed);

enum Outcome {
    /// The version, and the text of each cell.
    Seen(String, Vec<String>),
    Missing(String),
    Failed(String),
}

impl Row {
    /// A row that has not run.
    #[must_use]
    pub const fn new(
        name: &'static str,
        library: &'static Library,
        handle: &'static str,
        release: &'static str,
        source: &'static str,
        shows: fn(&mut Seen),
    ) -> Self {
        Self { name, library, handle, release, source, shows, outcome: OnceLock::new() }
    }

    /// Runs the row's own test, which passes if the row's process has shown all that its body claims.
    /// Prints what this machine lacks.
    ///
    /// # Panics
    ///
    /// Panics if a claim was not shown, or if a library is missing and `DISPOSE_REQUIRE_ALL` is set.
    pub fn test(&self) {
        if env::var_os(SCRATCH).is_some() {
            return self.show();
        }
        match self.outcome() {
            Outcome::Seen(..) => {}
            Outcome::Failed(why) => panic!("{}\n{why}", self.name),
            Outcome::Missing(why) => {
                // Not `eprintln!`, which the harness keeps to itself when a test passes.
                let _ = writeln!(io::stderr(), "skipped: {}: {why}", self.name);
                assert!(env::var_os("DISPOSE_REQUIRE_ALL").is_none(), "missing: {why}");
            }
        }
    }

    /// Runs the body, in the row's process.
    fn show(&self) {
        // SAFETY: a row that hangs ends; nothing else here uses the alarm.
        unsafe { libc::alarm(100) };
        provoke::be_the_only_thread();
        provoke::listen();
        let version = self.library.version();
        let mut seen = Seen::default();
        (self.shows)(&mut seen);
        assert_eq!(
            provoke::reports(),
            [""; 0],
            "the drop hook received what the row did not ask for"
        );
        assert!(seen.0.iter().any(|(cell, _)| *cell == 0), "what does a success return?");
        let mut said = format!("\n{MARK}version\t{version}\n");
        for (cell, text) in seen.0 {
            let _ = writeln!(said, "{MARK}{cell}\t{text}");
        }
        let _ = io::stdout().write_all(said.as_bytes());
        let _ = io::stdout().flush();
    }

    fn outcome(&self) -> &Outcome {
        // Once, for the row's own test and the page's.
        self.outcome.get_or_init(|| {
            let scratch = env::temp_dir().join(format!(
                "dispose-releases-{}-{}",
                process::id(),
                self.name.replace("::", "-"),
            ));
            fs::create_dir(&scratch).unwrap();
            let mut command = Command::new(env::current_exe().unwrap());
            command
                .args([
                    "--exact",
                    &format!("{}::row", self.name),
                    "--nocapture",
                    "--include-ignored",
                    "--test-threads=1",
                ])
                .env(SCRATCH, &scratch)
                .current_dir(&scratch)
                .env("RUST_BACKTRACE", "0")
                // What is freed goes back at once, or could not be counted.
                .env("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0")
                .stdin(Stdio::null());
            // SAFETY: sets the signal mask, which may be done between fork and exec.
            unsafe {
                command.pre_exec(|| {
                    provoke::block_signals();
                    Ok(())
                });
            }
            let output = command.output().unwrap();
            let _ = fs::remove_dir_all(&scratch);
            let printed = String::from_utf8_lossy(&output.stdout);
            let mut version = String::new();
            let mut cells = vec![String::new(); Cell::ALL.len()];
            for line in printed.lines().filter_map(|line| line.strip_prefix(MARK)) {
                match line.split_once('\t').unwrap() {
                    ("missing", why) => return Outcome::Missing(why.into()),
                    ("version", of) => version = of.into(),
                    (cell, text) => {
                        let cell = &mut cells[cell.parse::<usize>().unwrap()];
                        *cell += if cell.is_empty() { "" } else { "; " };
                        *cell += text;
                    }
                }
            }
            // A misspelt name would run no test, and succeed.
            if output.status.success() && !version.is_empty() {
                return Outcome::Seen(version, cells);
            }
            let errors = String::from_utf8_lossy(&output.stderr);
            Outcome::Failed(format!("{}\n{printed}\n{errors}", output.status))
        })
    }

    /// Returns the first part of the name.
    fn family(&self) -> &'static str {
        self.name.split("::").next().unwrap()
    }

    /// Returns its line on the page, and the version, which is one cell of it, or `None` if it has not
    /// passed.
    fn line(&self) -> Option<(String, &str)> {
        let Outcome::Seen(version, cells) = self.outcome() else { return None };
        let cell = |cell: Cell| {
            let text = cells[cell as usize].replace('|', "\\|");
            if text.is_empty() { "–".into() } else { text }
        };
        let mut line = format!(
            "| [`{}`](tests/releases/tests/{}.rs) | {} {version}: {} | {}",
            self.release.replace(", ", "`, `"),
            Path::new("releases").join(self.family()).display(),
            self.library.name,
            self.handle,
            cell(Cell::Success),
        );
        if cell(Cell::Failure) != "–" {
            let _ = write!(line, " / {}", cell(Cell::Failure));
        }
        for column in [Cell::After, Cell::Order, Cell::Null, Cell::Waits] {
            let _ = write!(line, " | {}", cell(column));
        }
        let mut loses = vec![cell(Cell::Loses)];
        if cell(Cell::NotSo) != "–" {
            loses.retain(|loses| loses != "–");
            loses.push(format!("**Not as guessed:** {}", cell(Cell::NotSo)));
        }
        let _ = write!(line, " | {}", loses.join("<br>"));
        let test = self.name.rsplit("::").next().unwrap();
        let _ = write!(line, " | {} | `{test}` |", attributes(self.source).replace('|', "\\|"));
        Some((line, version))
    }
}

/// Prints that something that the row needs is missing, and ends the row's process.
pub fn missing(why: &str) -> ! {
    let _ = writeln!(io::stdout(), "\n{MARK}missing\t{}", why.replace('\n', " "));
    let _ = io::stdout().flush();
    process::exit(0)
}

/// Returns the page, with `head` before the tables. A row that did not run because its library is missing
/// is as in `old`. So is one that differs by the version alone, unless `anew`; the second value names it.
///
/// # Panics
///
/// Panics if a row does not belong to a family.
#[must_use]
pub fn page(head: &str, families: &[(&str, &str)], old: &str, anew: bool) -> (String, Vec<String>) {
    let mut rows: BTreeMap<_, Vec<&Row>> = BTreeMap::new();
    for &Listed(row) in inventory::iter::<Listed> {
        let family = families.iter().position(|(name, _)| *name == row.family());
        rows.entry(family.expect(row.name)).or_default().push(row);
    }
    let (mut page, mut newer) = (head.to_owned(), Vec::new());
    for (family, mut rows) in rows {
        rows.sort_by_key(|row| (row.library.name.to_lowercase(), row.release, row.name));
        let _ = write!(
            page,
            "\n## {}\n\n\
             | release | of | success / failure | after a failure | order | null | waits, writes | loses in silence | write | test |\n\
             |---|---|---|---|---|---|---|---|---|---|\n",
            families[family].1,
        );
        for row in rows {
            let end = format!("| `{}` |", row.name.rsplit("::").next().unwrap());
            let was = old.lines().find(|line| line.ends_with(&end));
            let line = match row.line() {
                None => was.unwrap_or_default().to_owned(),
                Some((line, version)) => {
                    let was = was.unwrap_or_default();
                    let named = format!("{} {version}:", row.library.name);
                    let start = was.find(&format!("| {} ", row.library.name));
                    // Where only the version differs, what stands there still holds.
                    let same = start.is_some_and(|start| {
                        let start = start + 2;
                        let end = was[start..].find(':').map_or(was.len(), |end| start + end + 1);
                        format!("{}{named}{}", &was[..start], &was[end..]) == line
                    });
                    if same && was != line && !anew {
                        newer.push(format!("{}: {named}", row.name));
                        was.to_owned()
                    } else {
                        line
                    }
                }
            };
            if !line.is_empty() {
                let _ = writeln!(page, "{line}");
            }
        }
    }
    (page, newer)
}

/// Returns the functions that the rows release with, as the page names them.
pub fn releases() -> impl Iterator<Item = &'static str> {
    inventory::iter::<Listed>.into_iter().flat_map(|Listed(row)| row.release.split(", "))
}

/// Returns our attributes in a source, in backquotes, each with the field that it is written on.
fn attributes(source: &str) -> String {
    let source: String = source.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut found = Vec::new();
    let mut rest = &*source;
    while let Some(start) = rest.find("#[") {
        rest = &rest[start..];
        let end = end_of(rest, false, |c, depth| c == ']' && depth == 0)
            .map_or(rest.len(), |end| end + 1);
        let (attribute, after) = rest.split_at(end);
        let of_type =
            ["struct", "pub", "enum", "#["].iter().any(|word| after.trim_start().starts_with(word));
        let derives = ["Close", "Dispose"].iter().any(|ours| attribute.contains(ours));
        if attribute.starts_with("#[derive") && derives
            || attribute.starts_with("#[dispose(") && of_type
        {
            found.push(format!("`{attribute}`"));
        } else if ["#[unmanaged", "#[dispose"].iter().any(|ours| attribute.starts_with(ours)) {
            let end = end_of(after, true, |c, depth| depth == 0 && c == ',' || depth < 0)
                .unwrap_or(after.len());
            found.push(format!("`{attribute}{}`", &after[..end].trim_end_matches([' ', '}'])));
        }
        rest = after;
    }
    found.join("<br>")
}

/// Returns the first position for which `is` returns `true`. It receives the character and the number of
/// brackets that are open after it. In a type, `<` is one.
fn end_of(text: &str, in_type: bool, is: impl Fn(char, i32) -> bool) -> Option<usize> {
    let mut depth = 0;
    text.char_indices().find_map(|(at, c)| {
        depth += match c {
            '[' | '(' | '{' => 1,
            ']' | ')' | '}' => -1,
            '<' if in_type => 1,
            '>' if in_type && !text[..at].ends_with(['-', '=']) => -1,
            _ => 0,
        };
        is(c, depth).then_some(at)
    })
}

/// Declares a row: its name (its test gets the attributes before it), its library, the kind of handle, the
/// function that releases it, the wrapper, and the body that shows what happens and fills the cells
/// ([`Seen`](crate::Seen)).
#[macro_export]
macro_rules! row {
    (
        $(#[$attribute:meta])*
        $name:ident $library:ident $handle:literal $release:literal
        { $($wrapper:tt)* }
        |$seen:ident| $body:block
    ) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;
            $($wrapper)*

            pub fn shows($seen: &mut $crate::Seen) $body

            static ROW: $crate::Row = $crate::Row::new(
                $crate::name(module_path!()),
                &super::$library,
                $handle,
                $release,
                stringify!($($wrapper)*),
                shows,
            );
            $crate::inventory::submit! { $crate::Listed(&ROW) }

            #[test]
            $(#[$attribute])*
            fn row() {
                ROW.test();
            }
        }
    };
}
