//! Calls rust-analyzer's own libraries as an editor does, at the cursor of each case in `cases.txt`.
//! Prints a table of what works. Fails if it differs from the cases, or from the table in
//! `CONTRIBUTING.md`, which `.ci/bless editor` writes.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use ra_ap_hir::{ChangeWithProcMacros, PrefixKind};
use ra_ap_ide::{
    Analysis, AnalysisHost, CompletionConfig, CompletionFieldsToResolve, FileChange, FileId,
    FilePosition, FileRange, GotoDefinitionConfig, HoverConfig, HoverDocFormat, RaFixtureConfig,
    RenameConfig, SubstTyLen, TextRange, TextSize,
};
use ra_ap_ide_db::SnippetCap;
use ra_ap_ide_db::imports::insert_use::{ImportGranularity, InsertUseConfig};
use ra_ap_load_cargo::{LoadCargoConfig, ProcMacroServerChoice, load_workspace_at};
use ra_ap_paths::AbsPathBuf;
use ra_ap_project_model::{CargoConfig, RustLibSource};

const QUESTIONS: [&str; 5] = ["completion", "definition", "hover", "rename", "signature"];

struct Case<'a> {
    question: &'a str,
    place: &'a str,
    expected: &'a str,
    works: bool,
    code: &'a str,
}

fn main() -> ExitCode {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cases = env::args().nth(1).map_or_else(|| home.join("cases.txt"), Into::into);
    let cases = fs::read_to_string(cases).expect("a file of cases");
    let cases: Vec<_> = cases.split("\n== ").skip(1).map(case).collect();
    let mut editor = Editor::load(&home.join("subject"));
    let mut wrong = 0;
    let mut cells = BTreeMap::new();
    for case in &cases {
        let reply = editor.ask(case);
        let is_right = case.is_right(&reply);
        if is_right != case.works {
            wrong += 1;
            let said = if case.works { "does not work" } else { "works now" };
            eprintln!("{} of {} {said}: {}", case.question, case.place, case.expected);
            eprintln!("{}\nreply:\n{reply}\n", case.code.trim());
        }
        *cells.entry((case.place, case.question)).or_insert(true) &= is_right;
    }
    println!("{} cases, {wrong} of them not as expected\n", cases.len());
    let table = table(&cases, &cells);
    println!("{table}");
    let is_shown =
        env::args().nth(1).is_some() || is_shown(&home.join("../../CONTRIBUTING.md"), &table);
    if wrong == 0 && is_shown { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn case(text: &str) -> Case<'_> {
    let (head, code) = text.split_once('\n').expect("code");
    let [question, place, expected] =
        head.split(" | ").collect::<Vec<_>>().try_into().expect("`== QUESTION | PLACE | EXPECTED`");
    let (works, expected) = match expected.strip_prefix("no: ") {
        Some(expected) => (false, expected),
        None => (true, expected),
    };
    Case { question, place, expected, works, code }
}

impl Case<'_> {
    fn is_right(&self, reply: &str) -> bool {
        match self.question {
            "completion" => self.expected.split(' ').all(|name| match name.strip_prefix('-') {
                Some(name) => !reply.lines().any(|offered| offered == name),
                None => reply.lines().any(|offered| offered == name),
            }),
            "definition" | "rename" => reply == self.expected,
            _ => reply.contains(self.expected),
        }
    }
}

/// A row for each place, in the order of the cases.
fn table(cases: &[Case<'_>], cells: &BTreeMap<(&str, &str), bool>) -> String {
    let mut table =
        format!("| | {} |\n|---{}|\n", QUESTIONS.join(" | "), "|---".repeat(QUESTIONS.len()));
    let mut seen = Vec::new();
    for case in cases {
        if seen.contains(&case.place) {
            continue;
        }
        seen.push(case.place);
        let cell = |question: &&str| match cells.get(&(case.place, *question)) {
            Some(true) => "yes",
            Some(false) => "no",
            None => "",
        };
        let row: Vec<_> = QUESTIONS.iter().map(cell).collect();
        table += &format!("| {} | {} |\n", case.place, row.join(" | "));
    }
    table
}

/// Whether the document shows the table, behind its mark.
fn is_shown(document: &Path, table: &str) -> bool {
    const MARK: &str = "<!-- the editor -->\n";
    let text = fs::read_to_string(document).expect("the document");
    let (before, behind) = text.split_once(MARK).expect("the table's mark");
    let shown: String =
        behind.split_inclusive('\n').take_while(|line| line.starts_with('|')).collect();
    if env::var_os("BLESS").is_some() {
        let rest = &behind[shown.len()..];
        fs::write(document, format!("{before}{MARK}{table}{rest}"))
            .expect("the document is writable");
        return true;
    }
    if shown != table {
        eprintln!("CONTRIBUTING.md shows another table; `.ci/bless editor` writes it");
    }
    shown == table
}

/// A loaded crate.
struct Editor {
    host: AnalysisHost,
    file: FileId,
    /// With a line `//CASE`.
    text: String,
}

impl Editor {
    fn load(subject: &Path) -> Self {
        let cargo =
            CargoConfig { sysroot: Some(RustLibSource::Discover), ..CargoConfig::default() };
        let load = LoadCargoConfig {
            load_out_dirs_from_check: true,
            with_proc_macro_server: ProcMacroServerChoice::Sysroot,
            prefill_caches: false,
            num_worker_threads: 1,
            proc_macro_processes: 1,
        };
        let (database, files, server) =
            load_workspace_at(subject, &cargo, &load, &|_| {}).expect("the subject can be loaded");
        assert!(server.is_some(), "there is no server for macros");
        let path = subject.join("src/lib.rs");
        let text = fs::read_to_string(&path).expect("the subject");
        let path = AbsPathBuf::try_from(path.to_str().expect("a path in UTF-8")).expect("absolute");
        let (file, _) = files.file_id(&path.into()).expect("the subject's file");
        Self { host: AnalysisHost::with_database(database), file, text }
    }

    fn ask(&mut self, case: &Case<'_>) -> String {
        let text = self.text.replace("//CASE", case.code);
        let cursor = text.find("$0").expect("a cursor");
        let text = text.replace("$0", "");
        let mut change =
            ChangeWithProcMacros { source_change: FileChange::default(), proc_macros: None };
        change.change_file(self.file, Some(text.clone()));
        self.host.apply_change(change);
        let offset = TextSize::try_from(cursor).expect("a short file");
        let position = FilePosition { file_id: self.file, offset };
        let analysis = self.host.analysis();
        match case.question {
            "completion" => completion(&analysis, position, text[..cursor].chars().last()),
            "definition" => definition(&analysis, position),
            "hover" => hover(&analysis, position),
            "rename" => rename(&analysis, position, text),
            "signature" => signature(&analysis, position),
            other => panic!("no such question: {other}"),
        }
    }
}

/// The names that are offered, a line each.
fn completion(analysis: &Analysis, position: FilePosition, typed: Option<char>) -> String {
    let config = CompletionConfig {
        enable_postfix_completions: false,
        enable_imports_on_the_fly: false,
        enable_self_on_the_fly: false,
        enable_auto_iter: false,
        enable_auto_await: false,
        enable_private_editable: false,
        enable_term_search: false,
        term_search_fuel: 0,
        full_function_signatures: false,
        callable: None,
        add_colons_to_module: false,
        add_semicolon_to_unit: false,
        snippet_cap: SnippetCap::new(false),
        insert_use: InsertUseConfig {
            granularity: ImportGranularity::Crate,
            enforce_granularity: true,
            prefix_kind: PrefixKind::Plain,
            group: true,
            skip_glob_imports: true,
        },
        prefer_no_std: false,
        prefer_prelude: true,
        prefer_absolute: false,
        snippets: Vec::new(),
        limit: None,
        fields_to_resolve: CompletionFieldsToResolve::empty(),
        exclude_flyimport: Vec::new(),
        exclude_traits: &[],
        ra_fixture: RaFixtureConfig::default(),
    };
    // What an editor asks at once; elsewhere the user asks.
    let trigger = typed.filter(|typed| ":.".contains(*typed));
    let items = analysis.completions(&config, position, trigger).expect("not cancelled");
    let names = items.into_iter().flatten().map(|item| item.lookup().to_owned());
    names.collect::<Vec<_>>().join("\n")
}

/// The targets, a line each.
fn definition(analysis: &Analysis, position: FilePosition) -> String {
    let config = GotoDefinitionConfig { ra_fixture: RaFixtureConfig::default() };
    let targets = analysis.goto_definition(position, &config).expect("not cancelled");
    let targets = targets.into_iter().flat_map(|targets| targets.info);
    let line = |target: ra_ap_ide::NavigationTarget| {
        target.description.unwrap_or_else(|| target.name.to_string())
    };
    targets.map(line).collect::<Vec<_>>().join("\n")
}

fn hover(analysis: &Analysis, position: FilePosition) -> String {
    let config = HoverConfig {
        links_in_hover: false,
        memory_layout: None,
        documentation: true,
        keywords: false,
        format: HoverDocFormat::PlainText,
        max_trait_assoc_items_count: None,
        max_fields_count: None,
        max_enum_variants_count: None,
        max_subst_ty_len: SubstTyLen::Unlimited,
        show_drop_glue: false,
        ra_fixture: RaFixtureConfig::default(),
    };
    let range = FileRange { file_id: position.file_id, range: TextRange::empty(position.offset) };
    let found = analysis.hover(&config, range).expect("not cancelled");
    found.map_or_else(String::new, |found| found.info.markup.as_str().to_owned())
}

/// The lines with the new name, or why it cannot be renamed.
fn rename(analysis: &Analysis, position: FilePosition, mut text: String) -> String {
    let config = RenameConfig {
        prefer_no_std: false,
        prefer_prelude: true,
        prefer_absolute: false,
        show_conflicts: false,
    };
    match analysis.rename(position, "renamed", &config).expect("not cancelled") {
        Err(error) => format!("{error:?}"),
        Ok(change) => {
            for (edit, _) in change.source_file_edits.values() {
                edit.apply(&mut text);
            }
            let lines = text.lines().filter(|line| line.contains("renamed")).map(str::trim);
            lines.collect::<Vec<_>>().join(" / ")
        }
    }
}

fn signature(analysis: &Analysis, position: FilePosition) -> String {
    let help = analysis.signature_help(position).expect("not cancelled");
    help.map_or_else(String::new, |help| help.signature)
}
