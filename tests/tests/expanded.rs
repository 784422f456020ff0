//! The expansion of each snapshot, printed by the compiler as `cargo expand` prints it, compiles as source
//! again after the helper attributes are taken out.

#![cfg(unix)]

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Field, File, Item};

const IMPORTS: &str = "
use std::collections::VecDeque;
use std::ffi::{c_int, c_void};
use std::io;
use std::marker::PhantomData;
use std::ptr::NonNull;
use dispose_core::{AsyncDispose, Close, Dispose, status};
";

/// All snapshots as modules, each with what it names and with its derives.
fn annotated(snapshots: &Path) -> String {
    let mut modules = String::from("#![allow(warnings)]\n");
    let mut found = 0;
    for surroundings in include_str!("../expanded/surroundings.rs").split("// == ").skip(1) {
        let (head, items) = surroundings.split_once('\n').unwrap();
        let (derives, name) = head.split_once(' ').unwrap();
        let item = fs::read_to_string(snapshots.join(format!("{name}.in.rs"))).unwrap();
        write!(modules, "mod {name} {{\n{IMPORTS}{items}\n#[derive({derives})]\n{item}}}\n")
            .unwrap();
        found += 1;
    }
    let files = fs::read_dir(snapshots).unwrap().map(|file| file.unwrap().file_name());
    let inputs = files.filter(|name| name.to_string_lossy().ends_with(".in.rs")).count();
    assert_eq!(found, inputs, "each snapshot has its surroundings in `tests/expanded`");
    modules
}

struct WithoutHelpers;

fn is_kept(attr: &Attribute) -> bool {
    !attr.path().is_ident("unmanaged") && !attr.path().is_ident("dispose")
}

impl VisitMut for WithoutHelpers {
    fn visit_item_mut(&mut self, item: &mut Item) {
        if let Item::Struct(syn::ItemStruct { attrs, .. })
        | Item::Enum(syn::ItemEnum { attrs, .. }) = item
        {
            attrs.retain(is_kept);
        }
        visit_mut::visit_item_mut(self, item);
    }

    fn visit_field_mut(&mut self, field: &mut Field) {
        field.attrs.retain(is_kept);
    }
}

#[test]
fn expansions_compile_as_source() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("expanded");
    fs::create_dir_all(package.join("src")).unwrap();
    let manifest = format!(
        "[package]\nname = \"expanded\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n\
         [dependencies]\ndispose-core.path = '{}'\n",
        root.join("dispose-core").display(),
    );
    fs::write(package.join("Cargo.toml"), manifest).unwrap();
    fs::copy(root.join("Cargo.lock"), package.join("Cargo.lock")).unwrap();
    let source = package.join("src/lib.rs");
    let rustc = |options: &[&str]| {
        let output = Command::new(env!("CARGO"))
            .args(["rustc", "-q", "--offline", "--lib", "--profile", "check", "--"])
            .args(options)
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_TARGET_DIR", package.join("target"))
            .current_dir(&package)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };

    fs::write(&source, annotated(&root.join("dispose-derive/src/snapshots"))).unwrap();
    let expanded = rustc(&["-Zunpretty=expanded"]);
    let mut file: File = syn::parse_str(&expanded).unwrap();
    WithoutHelpers.visit_file_mut(&mut file);
    let expanded = prettyplease::unparse(&file);
    assert!(expanded.contains("release_all_async"));
    assert!(!expanded.contains("const _: () = {}"), "a comma at the end leaves nothing");
    // What std's own macros expand to is std's.
    let expanded = format!("#![feature(panic_internals)]\n{expanded}");
    fs::write(&source, expanded).unwrap();
    rustc(&[]);
}
